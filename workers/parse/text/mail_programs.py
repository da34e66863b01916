"""Lists how mail programs mark quotes and signatures in their HTML: ids, classes and styles. Add a mail program here.

All names are in lower case.
"""

import re

#: The style of the rule above the header block of the quoted mail, from Outlook for Windows.
OUTLOOK_LINE = re.compile(r"border:none;border-top:solid#?\w+1\.0pt;padding:3\.0pt", re.IGNORECASE)

#: Ids: the quoted mail begins with this element, and reaches to the end. Outlook prefixes nested ids with x_.
QUOTED_FROM_HERE = frozenset({"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container"})
#: A class, id or name that contains one of these: the element is a quote, or an attribution.
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
#: Classes of a blockquote that is a quote, not just indented text.
QUOTED_BLOCKS = ("gmail_quote", "protonmail_quote", "yahoo_quoted", "tutanota_quote", "quote", "cite")
#: A class, id or name that begins with one of these: the element is the author's signature.
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
