"""Inbound mail: what keeps it from posting, what people decide on it, and the mailboxes it comes from.

Decisions: `actions` (the table), `obstacles`, `decisions`; `dispositions` (what is done for each reason),
`forwarded_updates`, `receipts`, `bounces`. Facts for the rules of who may post: `tenant_policy`, `sender_policy`,
`rate_limit`, `destinations`, `answered_update`, `answer_signs`. Previews: `replay_preview`, `rule_report`. Sources:
`sources`, `source_actions`, `source_state`, `connection_report`.
"""
