"""How mail programs mark quotes and signatures in their HTML: by ids, classes and styles. Add a mail program here.

All are in lower case.
"""

import re

#: The style of the line that Outlook for Windows draws above the header block of the quoted mail.
OUTLOOK_LINE = re.compile(r"border:none;border-top:solid#?\w+1\.0pt;padding:3\.0pt", re.IGNORECASE)

#: Ids: the element and all that follows it are the quoted mail. Outlook prefixes nested ones with x_.
QUOTED_FROM_HERE = frozenset({"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container"})
#: Parts of a class, id or name: the element is quoted, or is an attribution.
QUOTED_CLASSES = (
    "gmail_attr",
    "moz-cite-prefix",  # Thunderbird
    "yahoo_quoted",
    "tutanota_quote",
    "olk_src_body_section",  # Outlook for Mac
    "zmail_extra",  # Zoho
    "messagereplysection",  # Spark
    "airmail_on",
    "front-blockquote",
    "reply-intro",  # Roundcube
)
#: Classes of a blockquote that is a quote, and not text that the author indented.
QUOTED_BLOCKS = ("gmail_quote", "protonmail_quote", "yahoo_quoted", "tutanota_quote", "quote", "cite")
#: How a class, id or name begins: the element is the author's signature.
SIGNATURES = (
    "gmail_signature",
    "moz-signature",
    "signature",  # Outlook on the web, Fastmail, Roundcube
    "ms-outlook-mobile-signature",
    "protonmail_signature",
    "applemailsignature",
    "composer_signature",  # Samsung
    "k9mail-signature",
    "zm-_id_-sgn",  # Zoho
    "zmail_signature",
    "tutanota_signature",
    "messagesignaturesection",  # Spark
    "bloop_sign",  # Airmail
    "front-signature",
)
