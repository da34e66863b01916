# ruff: noqa: RUF001  # the data is in many languages
"""Delivery reports as mail servers write them, in the fields of RFC 3464 or in words, each with the expected result."""

from tests.builders.small_mails import mail, multipart, part, text

MARK = "notice.0198c2f07b6a7d2e8f3a9c1b5d4e6f70.aabcdefghijklmnop"


COPY = f"Received: from a by b\nFrom: Updates <updates@in.example>\nX-Casemail-Mail: {MARK}\n\nWhat news?"


DAEMON = ("From: Mail Delivery System <MAILER-DAEMON@mx.example>", "Subject: failure notice")


def dsn(*groups: str, kind: str = "delivery-status", copy: bytes | None = None) -> bytes:
    """Returns a report as in RFC 3464 with these groups of fields about recipients."""
    status = "Reporting-MTA: dns; mx.example\nArrival-Date: Fri, 3 May 2024 10:00:00 +0200\n\n" + "\n".join(groups)
    quoted = copy or part("Content-Type: message/rfc822", body=COPY)
    field, body = multipart(
        "report", text("Sorry."), part(f"Content-Type: message/{kind}", body=status.encode()), quoted
    )
    return mail(f"{field}; report-type=delivery-status", body=body, head=DAEMON)


def group(action: str = "failed", status: str = "5.1.1", said: str = "smtp; 550 5.1.1 User unknown") -> str:
    """Returns the fields about one recipient."""
    said = f"Diagnostic-Code: {said}\n" if said else ""
    return f"Final-Recipient: rfc822; bob@x.example\nAction: {action}\nStatus: {status}\n{said}"


FIELDS: tuple[tuple[str, bytes, list[tuple[str, bool, str]]], ...] = (
    ("Postfix", dsn(group()), [("bob@x.example", True, "550 5.1.1 User unknown")]),
    (
        "Exchange, with a folded diagnosis",
        dsn(group(said="smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound;\n Recipient not found by SMTP address lookup")),
        [
            (
                "bob@x.example",
                True,
                "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
            )
        ],
    ),
    ("without words", dsn(group(said="")), [("bob@x.example", True, "5.1.1")]),
    ("a warning", dsn(group("delayed", "4.4.1", "smtp; 421 busy")), [("bob@x.example", False, "4.4.1 421 busy")]),
    ("given up after days", dsn(group("failed", "4.4.7", "")), [("bob@x.example", True, "4.4.7")]),
    ("delivered", dsn(group("delivered", "2.0.0", "")), []),
    ("handed on", dsn(group("relayed (to a server without reports)", "2.0.0", "")), []),
    (
        "delivered to one of two",
        dsn(group("delivered", "2.0.0", ""), group()),
        [("bob@x.example", True, "550 5.1.1 User unknown")],
    ),
    (
        "RFC 6533",
        dsn(group().replace("rfc822; bob", "utf-8; bö"), kind="global-delivery-status"),
        [("bö@x.example", True, "550 5.1.1 User unknown")],
    ),
    (
        "only the original recipient, no action, field names in capitals",
        dsn("ORIGINAL-RECIPIENT: rfc822;<bob@x.example>\nSTATUS: 5.0.0\n"),
        [("bob@x.example", True, "5.0.0")],
    ),
    ("no recipient at all", dsn("X-Nothing: here\n"), []),
)


QMAIL = """Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<bob@x.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 No such user
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

"""


EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  bob@x.example
    host mx.x.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<bob@x.example>:
    550 Unrouteable address

------ This is a copy of the message, including all the headers. ------

"""


EXIM_WARNING = """This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.

The address to which the message has not yet been delivered is:

  bob@x.example
    host mx.x.example [192.0.2.1]: 451 Try again later

No action is required on your part. Delivery attempts will continue.
"""


POSTFIX = """I'm sorry to have to inform you that the message returned
below could not be delivered to one or more destinations.

                        The Postfix program

<bob@x.example>: host mx.x.example[192.0.2.1] said: 550 5.7.1 Rejected
    (in reply to RCPT TO command)
"""


SENDMAIL = """The original message was received at Fri, 3 May 2024 10:00:00 +0200

   ----- The following addresses had permanent fatal errors -----
<bob@x.example>
    (reason: 550 5.1.1 <bob@x.example>: User unknown)

   ----- Transcript of session follows -----
... while talking to mx.x.example.:
>>> DATA
"""


EXCHANGE = """Your message did not reach some or all of the intended recipients.

      Subject:  Case 1
      Sent:     5/3/2024 10:00 AM

The following recipient(s) could not be reached:

      bob@x.example on 5/3/2024 10:00 AM
            The e-mail account does not exist at the organization this message was sent to.
            <mx.x.example #5.1.1 smtp;550 5.1.1 User unknown>
"""


GMAIL = """Delivery to the following recipient failed permanently:

     bob@x.example

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected. The error that the other server returned was:
550 550 5.1.1 <bob@x.example>... User unknown (state 13).

----- Original message -----

"""


GERMAN = """Leider konnte Ihre Nachricht nicht zugestellt werden:

bob@x.example
  SMTP-Fehler vom Server: 552 5.2.2 Postfach voll
"""


CHINESE = """抱歉，您的邮件被退回来了……

收件人邮件地址： bob@x.example
退信原因： 550 5.1.1 用户不存在
"""


GERMAN_WARNING = """Die Zustellung Ihrer Nachricht an bob@x.example verzögert sich: 450 4.2.0 später."""


DOMINO = "Your message\n\n  Subject: Case 1\n\nwas not delivered to:\n\n  bob@x.example\n\nbecause:\n\n  no such user\n"


WORDLESS = "Something went wrong, and this server does not say what."


TEXTS = (
    ("qmail", QMAIL + COPY, "bob@x.example", True, "Remote host said: 550 5.1.1 No such user Giving up on 192.0.2.1."),
    ("Exim", EXIM + COPY, "bob@x.example", True, "550 Unrouteable address"),
    ("Exim, a warning", EXIM_WARNING, "bob@x.example", False, "451 Try again later"),
    ("Postfix before it wrote RFC 3464", POSTFIX, "bob@x.example", True, "said: 550 5.7.1 Rejected"),
    ("Sendmail", SENDMAIL, "bob@x.example", True, "(reason: 550 5.1.1"),
    ("Exchange 2003", EXCHANGE, "bob@x.example", True, "#5.1.1 smtp;550 5.1.1 User unknown"),
    ("Gmail of old", GMAIL + COPY, "bob@x.example", True, "550 550 5.1.1 <bob@x.example>... User unknown"),
    ("German", GERMAN, "bob@x.example", True, "552 5.2.2 Postfach voll"),
    ("Chinese", CHINESE, "bob@x.example", True, "550 5.1.1 用户不存在"),
    ("German, a warning", GERMAN_WARNING, "bob@x.example", False, "450 4.2.0 später."),
    ("Domino, without a code", DOMINO, "bob@x.example", True, "because: no such user"),
    ("without an address", WORDLESS, "", True, WORDLESS),
    ("nothing", "", "", True, ""),
)
