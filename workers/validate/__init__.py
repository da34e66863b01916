"""The validate stage: which tenant, case and update is a mail for, and may its author post there?

    rules.py         the decision as a table; a new rule is a new row there
    evidence.py      what each rule shows of a mail
    facts.py         all that a rule may ask about a mail; gather.py reads it from the database
    answer_score.py  whether a mail is an answer to the update at all
    decision.py      runs the rules
    stage.py         the stage itself

From outside, use `stage.validate`, `rules.RULES`, and, to explain a decision, `gather.gather` with `decision.table` and
`decision.wants_proof`.
"""
