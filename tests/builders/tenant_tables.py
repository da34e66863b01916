"""The tables with rows of tenants."""

TENANT_TABLES = (
    *("users", "cases", "case_members", "case_addresses", "updates", "update_files", "update_recipients"),
    *("mails", "outbox", "audit", "dispositions", "templates", "email_aliases", "access_groups", "unproven_mails"),
    *("sender_verdicts", "posted_signatures"),
    *("stored_contents", "console_sessions"),
    "tenants",
)
