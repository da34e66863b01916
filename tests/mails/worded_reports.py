# the mails are in many languages
"""Delivery reports in words alone, as mail servers write them, and mail of people about such reports."""

from tests.builders.small_mails import mail, multipart, part, text

_ORIGINAL = part(
    "Content-Type: message/rfc822",
    body="From: Desk <r-1@in.example>\nTo: Bob <bob@x.example>\nSubject: Case 1\n\nNews.",
)


def worded(sender: str, subject: str, *lines: str, fields: tuple[str, ...] = ()) -> bytes:
    """Returns a report that is a plain text."""
    return mail(*fields, head=(f"From: {sender}", "To: r-1@in.example", f"Subject: {subject}"), body="\n".join(lines))


def enclosing(sender: str, subject: str, *lines: str) -> bytes:
    """Returns a report that is a text and the undelivered mail."""
    field, body = multipart("mixed", text("\n".join(lines)), _ORIGINAL)
    return mail(field, head=(f"From: {sender}", "To: r-1@in.example", f"Subject: {subject}"), body=body)


CODE = "550 5.1.1 <bob@x.example>: Recipient address rejected: User unknown"

#: Each with the address that the report names.
REPORTS: tuple[tuple[str, bytes], ...] = (
    (
        "qmail",
        worded(
            "MAILER-DAEMON@mx.example",
            "failure notice",
            "Hi. This is the qmail-send program.",
            "<bob@x.example>:",
            CODE,
        ),
    ),
    (
        "Exim",
        worded(
            "Mail Delivery System <Mailer-Daemon@mx.example>",
            "Your parcel",
            "  bob@x.example",
            "    Unrouteable address",
        ),
    ),
    (
        "Postfix, no domain",
        worded("MAILER-DAEMON (Mail Delivery System)", "Brief kam zurück", f"<bob@x.example>: {CODE}"),
    ),
    (
        "Sendmail",
        worded(
            "Mail Delivery Subsystem <MAILER-DAEMON>",
            "Returned mail: see transcript",
            "<bob@x.example>",
            "(reason: 550 no)",
        ),
    ),
    (
        "Exchange 2003",
        worded("System Administrator <postmaster@x.example>", "Niedostarczalne: Case 1", "bob@x.example", "#5.1.1"),
    ),
    (
        "Exchange Online",
        worded("postmaster@x.example (postmaster@x.example)", "Undeliverable: Case 1", "bob@x.example", CODE),
    ),
    (
        "Exchange's own address",
        worded(
            "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example>", "未", "bob@x.example"
        ),
    ),
    (
        "Gmail",
        worded("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "", "bob@x.example", "Address not found"),
    ),
    (
        "Yahoo",
        worded(
            "MAILER-DAEMON@yahoo.com",
            "Failure Notice",
            "Sorry, we were unable to deliver your message.",
            "",
            "<bob@x.example>:",
            "554: 5.7.1",
        ),
    ),
    (
        "GMX",
        worded(
            "GMX Mailer Daemon <mailer-daemon@gmx.de>",
            "Ihre Mail",
            "bob@x.example:",
            "SMTP error 550 Requested action not taken",
        ),
    ),
    (
        "Domino",
        worded("Postmaster@x.example", "Rapporto", "bob@x.example", "550 5.1.1 User bob not listed in Directory"),
    ),
    (
        "MailEnable",
        worded(
            "Postmaster <postmaster@x.example>", "Message Delivery Failure", "Recipient: [SMTP:bob@x.example]", CODE
        ),
    ),
    (
        "hMailServer",
        worded("mailer-daemon@x.example", "Message undeliverable: Case 1", "bob@x.example", "Error Type: SMTP"),
    ),
    ("Barracuda", worded("Barracuda Spam Firewall <info@bar.example>", "**Message you sent blocked**", CODE)),
    (
        "Mimecast",
        worded("Mimecast Postmaster <x@mc.example>", "[Postmaster] Email Delivery Failure", "bob@x.example", CODE),
    ),
    ("an empty address", worded('"Mail Delivery System" <>', "Mail delivery failed", "bob@x.example", CODE)),
    ("only <>", worded("<>", "Undelivered Mail Returned to Sender", f"To bob@x.example: {CODE}")),
    ("Italian", worded("postmaster@x.example", "Qualcosa non va", "bob@x.example: 550 5.7.1 rifiutato")),
    ("French", worded("Postmaster <postmaster@x.example>", "Retour", "bob@x.example", "550 5.1.1 boîte inconnue")),
    ("Japanese", worded("postmaster@x.example", "お知らせ", "bob@x.example: 550 5.1.1 宛先不明")),
    ("Turkish", worded("MAILER-DAEMON@mx.example", "Mektubunuz geri geldi", "bob@x.example", CODE)),
    ("Russian", worded("Mailer-Daemon@mx.example", "Письмо вернулось", "bob@x.example", CODE)),
    ("a warning", worded("MAILER-DAEMON@mx.example", "Still on its way", "bob@x.example", "451 4.4.1 will be retried")),
    (
        "a Return-Path",
        worded(
            "Robot <x@mx.example>",
            "Undelivered",
            "bob@x.example",
            CODE,
            fields=("Return-Path: <MAILER-DAEMON@mx.example>",),
        ),
    ),
    (
        "the original enclosed",
        enclosing("ndr@mx.example", "Mail delivery failed: returning message", "bob@x.example is not known."),
    ),
    (
        "a mail gateway",
        enclosing("Mail_Gateway@mx.example", "Not delivered", "The mail could not be given to bob@x.example."),
    ),
    ("a server nobody knows", enclosing("team@x.example", "Undelivered: Case 1", "Given up:", CODE)),
    (
        "the header below",
        worded(
            "team@x.example",
            "Delivery failed",
            CODE,
            "",
            "--- The header of the returned mail:",
            "Message-ID: <1@in.example>",
        ),
    ),
    ("only the copy has the address", enclosing("MAILER-DAEMON@mx.example", "Oops", "Nobody of this name lives here.")),
    (
        "Exim's field",
        worded("root@x.example", "Hm", "Sorry.", "bob@x.example", fields=("X-Failed-Recipients: bob@x.example",)),
    ),
    (
        "a gateway with an odd name",
        worded("MailProtection@mx.example", "Unable to deliver", "Blocked: 554 5.7.1 <bob@x.example>"),
    ),
    (
        "a robot of a provider",
        worded("No-Reply@mx.example", "Delivery Status Notification (Failure)", f"To bob@x.example: {CODE}"),
    ),
    ("a sender without a name", worded("mail7@mx.example", "Mail delivery failed", "550 5.2.2 <bob@x.example> full")),
)

PEOPLE: tuple[tuple[str, bytes], ...] = (
    (
        "a question about a report",
        worded("Ann <ann@x.example>", "Undeliverable: my letter", "I got this. What now?", "> " + CODE),
    ),
    (
        "a question with the report below",
        worded(
            "Ann <ann@x.example>", "Undeliverable: my letter", "What shall I do?", CODE, "Message-ID: <2@x.example>"
        ),
    ),
    ("a forward of a report", enclosing("Ann <ann@x.example>", "Fwd: Undelivered Mail", "Look at this, please.")),
    (
        "the admin of a mail server answers",
        worded("postmaster@x.example", "Re: Case 1", "I see 550 5.7.1 <bob@x.example> in the log."),
    ),
    (
        "an answer about money",
        worded("Ann <ann@x.example>", "Rejected: the offer", "I have 550 euros for bob@x.example."),
    ),
    (
        "a version",
        worded("Ann <ann@x.example>", "Delivery failed again", "bob@x.example has version 5.1.1 of the plan"),
    ),
    (
        "a postmaster who asks",
        worded("Paul Master <post.office@x.example>", "Delivery problem with the sofa", "It did not come."),
    ),
    (
        "an administrator who answers",
        worded("Administrator <it@x.example>", "AW: Fall 1", "Der Fehler ist 550 5.7.1 bei bob@x.example."),
    ),
    ("a mail that encloses another", enclosing("Ann <ann@x.example>", "The letter that I meant", "Here it is.")),
    ("a mailer in the name", worded("Norman Mailer-Smith <nm@x.example>", "Re: Case 1", "Yes.")),
    (
        "a delivery of goods",
        worded("Ann <ann@x.example>", "Delivery failed", "The parcel went to No. 550 Park Lane, says bob@x.example"),
    ),
    (
        "a firm with a name like a program's",
        worded("Bounce House Ltd <office@x.example>", "Delivery failed for the castle", "We come on Friday."),
    ),
    (
        "a person without a name who asks about a report",
        worded("ann@x.example", "Undeliverable: my letter", "550 5.1.1 <bob@x.example>: what does this mean?"),
    ),
    (
        "a firm of guards",
        worded(
            "Security Guard Ltd <info@x.example>", "Delivery failure at the gate", "All went well, says bob@x.example."
        ),
    ),
    (
        "a firm that carries mail",
        worded("Mail Service Huber <huber@x.example>", "Zustellung am Freitag", "Wir kommen um 10."),
    ),
    ("a system administrator", worded("System Administrator <it@x.example>", "Not delivered: the printer", "Yes.")),
)
