"""The validate stage: decides which case and update a mail is for, and whether its author may post there.

    rules.py         the decision as a table; a new rule is a new row there
    evidence.py      the evidence that each rule shows to a person
    facts.py         the facts about a mail that rules may use; gather.py reads them from the database
    answer_score.py  whether a mail is an answer to the update, or a new matter
    decision.py      runs the rules
    own_words.py     finds the author's own words by the updates that they were sent
    stage.py         the stage itself

From outside, use `stage.validate`, `rules.RULES`, and, to explain a decision, `gather.gather` with `decision.table` and
`decision.wants_proof`.
"""
