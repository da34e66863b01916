"""Inbound mail: what keeps it from posting, what people decide on it, and the mailboxes it comes from.

* Decisions: `actions` (the table of actions), `obstacles`, `decisions`, `forwarded_updates`.
* What follows from the result: `dispositions` (what is done for each reason), `receipts`, `bounces`.
* Facts for the rules on who may post: `tenant_policy`, `sender_policy`, `rate_limit`, `destinations`,
  `answered_update`, `answer_signs`.
* Previews: `replay_preview`, `rule_report`.
* Mailboxes: `sources`, `source_actions`, `source_state`, `connection_report`.
"""
