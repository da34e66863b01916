"""Lists what the erasure of a person does with each text column of the database.

A test reads all columns that hold text or JSON: it fails for a new column that is not listed here. Choose:

* `PERSON`: in rows of the person it is emptied or replaced, or the row is deleted (`cases.erasure.erase`).
* `MENTION`: as `PERSON`, and the person's addresses are removed from all other rows.
* `NAME`: as `MENTION`, and the person's name is removed, too. For text that casemail writes about people, not for text
  that people write.
* `KEPT`: nothing is done; write why it names nobody, or why it stays.
"""

from enum import StrEnum


class Fate(StrEnum):
    """What an erasure does with a column."""

    PERSON = "the person's own"
    MENTION = "mentions the person"
    NAME = "names the person"
    KEPT = "kept"


_RECORD = "the tenant's record of a case, which its case manager keeps"
_SETTING = "a setting of the tenant"
_CODE = "a word of casemail's own"
_KEY = "random, or a hash: names nobody"

#: For each column its fate, and how it is erased or why it stays.
COLUMNS: dict[str, tuple[Fate, str]] = {
    "access_groups.name": (Fate.KEPT, _SETTING),
    "access_groups.may_post": (Fate.KEPT, _CODE),
    "access_groups.may_see": (Fate.KEPT, _CODE),
    "api_requests.key": (Fate.KEPT, "random, for a day"),
    "api_tokens.name": (Fate.KEPT, _SETTING),
    "api_tokens.scopes": (Fate.KEPT, _CODE),
    "archives.kind": (Fate.KEPT, _CODE),
    "archives.name": (Fate.KEPT, "the name of a file: an id"),
    "archives.sha256": (Fate.KEPT, _KEY),
    "audit.act": (Fate.KEPT, _CODE),
    "audit.details": (Fate.NAME, "who did what when stays"),
    "batches.error": (Fate.NAME, "what a mail server said"),
    "canaries.handle": (Fate.KEPT, _KEY),
    "case_addresses.handle": (Fate.KEPT, _KEY),
    "cases.closed_for": (Fate.KEPT, _RECORD),
    "cases.external_id": (Fate.KEPT, _RECORD),
    "cases.kind": (Fate.KEPT, _SETTING),
    "cases.number": (Fate.KEPT, _RECORD),
    "cases.title": (Fate.KEPT, _RECORD),
    "console_sessions.address": (Fate.PERSON, "the row is deleted, by the trigger on users"),
    "console_sessions.agent": (Fate.PERSON, "the row is deleted, by the trigger on users"),
    "dispositions.reason": (Fate.KEPT, _CODE),
    "dispositions.disposition": (Fate.KEPT, _CODE),
    "email_aliases.email": (Fate.PERSON, "the row is deleted"),
    "email_aliases.email_key": (Fate.PERSON, "the row is deleted"),
    "mails.author": (Fate.PERSON, "emptied"),
    "mails.evidence": (Fate.NAME, "emptied"),
    "mails.override": (Fate.PERSON, "emptied"),
    "mails.raw": (Fate.PERSON, "emptied when the dispatcher has deleted the original"),
    "mails.raw_deleted_by": (Fate.KEPT, _CODE),
    "mails.reason": (Fate.KEPT, _CODE),
    "mails.recipient": (Fate.PERSON, "its domain stays, and where the mail posted, our address"),
    "mails.sender": (Fate.PERSON, "emptied"),
    "mails.source_ref": (Fate.PERSON, "emptied"),
    "mails.state": (Fate.KEPT, _CODE),
    "mails.subject": (Fate.MENTION, "emptied"),
    "outbox.content": (Fate.NAME, "emptied in letters to the person and about their mails"),
    "outbox.domain": (Fate.PERSON, "made of to_email"),
    "outbox.error": (Fate.NAME, "what a mail server said"),
    "outbox.kind": (Fate.KEPT, _CODE),
    "outbox.once": (Fate.KEPT, "ids, days and reasons"),
    "outbox.state": (Fate.KEPT, _CODE),
    "outbox.to_email": (Fate.PERSON, "emptied"),
    "outbox_pace.key": (Fate.KEPT, "a domain or a tenant, for some minutes"),
    "sender_verdicts.verdict": (Fate.KEPT, _CODE),
    "sender_words.said": (Fate.PERSON, "the row is deleted with what is known of the mail"),
    "signature_pictures.name": (Fate.PERSON, "the row is deleted"),
    "signature_pictures.sha256": (Fate.PERSON, "the row is deleted"),
    "signature_sightings.mail": (Fate.PERSON, "the row is deleted"),
    "source_taken.ref": (Fate.KEPT, "the number that a mailbox gives to a mail"),
    "sources.kind": (Fate.KEPT, _CODE),
    "sources.last_error": (Fate.NAME, "what a mail server said"),
    "sources.location": (Fate.KEPT, _SETTING),
    "sources.name": (Fate.KEPT, _SETTING),
    "sources.old_mails": (Fate.KEPT, _CODE),
    "sources.options": (Fate.KEPT, _SETTING),
    "sources.paused_for": (Fate.KEPT, _CODE),
    "sources.recipient_fields": (Fate.KEPT, _SETTING),
    "sources.state": (Fate.KEPT, "numbers of a mailbox"),
    "stored_contents.blob": (Fate.KEPT, "a hash; the row is deleted with the bytes"),
    "templates.kind": (Fate.KEPT, _CODE),
    "templates.name": (Fate.KEPT, _SETTING),
    "templates.text": (Fate.KEPT, _SETTING),
    "tenants.arc_sealers": (Fate.KEPT, _SETTING),
    "tenants.authentication": (Fate.KEPT, _CODE),
    "tenants.case_pattern": (Fate.KEPT, _SETTING),
    "tenants.catch_all": (Fate.KEPT, _SETTING),
    "tenants.closed_cases": (Fate.KEPT, _CODE),
    "tenants.file_policy": (Fate.KEPT, _SETTING),
    "tenants.mail_domain": (Fate.KEPT, _SETTING),
    "tenants.name": (Fate.KEPT, _SETTING),
    "tenants.receipts": (Fate.KEPT, _CODE),
    "tenants.slug": (Fate.KEPT, _SETTING),
    "unproven_mails.evidence": (Fate.NAME, "the row is deleted with what is known of the mail"),
    "update_files.blob": (Fate.PERSON, "a hash; the row is deleted where updates are erased"),
    "update_files.content_type": (Fate.KEPT, _CODE),
    "update_files.name": (Fate.MENTION, "the row is deleted where updates are erased"),
    "update_files.sha256": (Fate.PERSON, "the row is deleted where updates are erased"),
    "update_files.thumbnail": (Fate.PERSON, "the row is deleted where updates are erased"),
    "update_recipients.bounce_words": (Fate.NAME, "emptied"),
    "update_recipients.bounced_address": (Fate.MENTION, "emptied"),
    "update_recipients.email": (Fate.PERSON, "emptied"),
    "update_recipients.handle": (Fate.PERSON, "emptied: their reply addresses work no more"),
    "updates.cut": (Fate.NAME, "emptied in updates that came by their mail, or are erased"),
    "updates.decision": (Fate.KEPT, _CODE),
    "updates.decision_note": (Fate.MENTION, "emptied where updates are erased"),
    "updates.left_out": (Fate.MENTION, "emptied in updates that came by their mail, or are erased"),
    "updates.text": (Fate.MENTION, "replaced where updates are erased"),
    "updates.via": (Fate.KEPT, _CODE),
    "users.email": (Fate.PERSON, "emptied"),
    "users.email_key": (Fate.PERSON, "replaced"),
    "users.external_id": (Fate.PERSON, "emptied"),
    "users.name": (Fate.PERSON, "replaced"),
    "users.password_hash": (Fate.PERSON, "emptied"),
    "users.role": (Fate.KEPT, "who may see what stays as it is"),
    "cluster_identity.keys": (Fate.KEPT, "fingerprints of keys"),
    "cluster_identity.topic_prefix": (Fate.KEPT, "a setting"),
    "webhook_requests.nonce": (Fate.KEPT, "the number that a provider gives to a request"),
}

#: Columns that a function of the database's owner cleans: no other role may change the audit, or rows that tenants
#: share.
BY_OWNER = frozenset({"audit.details", "batches.error", "sources.last_error"})
