"""Tables of the signs of delivery reports that do not follow RFC 3464. To add a sign, add a row and a test."""

import re

from workers.parse.automatic.signs import folded

#: Signs with this weight together make a delivery report, if one of them says that a mail server is the sender.
ENOUGH = 3

# Signs that a mail server is the sender, with their weights.
DAEMON, FAILED_FIELD, REPORT_TYPE = 3, 3, 3
REPORTER, DAEMON_RETURN_PATH = 2, 2
NO_ADDRESS, NULL_RETURN_PATH, ADMINISTRATOR, NO_NAME = 1, 1, 1, 1
# Signs that the mail is about a mail that was not delivered, with their weights.
STATUS_PART = 2
SUBJECT, STATUS_CODE, ORIGINAL = 1, 1, 1

#: The part before the @ of addresses at which only programs write.
DAEMONS = re.compile(
    r"(?:mailer[._-]?daemon|mail[._-]?daemon|mdaemon|mail[._-]?delivery[._-]?(?:sub)?system|microsoftexchange329e71ec88ae)"
    r"(?:\W|\d|$)",
    re.IGNORECASE,
)
#: The part before the @ of addresses of programs that report on deliveries.
REPORTERS = re.compile(
    r"(?:post[._-]?master|ndr|dsn|nondelivery|bounces?|mail[._-]?(?:system|administrator)|mail(?:er)?[._-]?delivery"
    r"|anti[._-]?(?:virus|spam|malware)"
    r"|(?:e?mail|spam|virus|content)[._-]?(?:gateway|firewall|filter|scanner|protection|guard|relay|router))"
    r"(?:\W|_|\d|$)",
    re.IGNORECASE,
)
#: The names of such programs, which no person has.
REPORTER_NAMES = re.compile(
    r"\W*(?:post[ -]?master|mail(?:er)?[ -]?(?:delivery|daemon)|mimecast postmaster|internet mail delivery"
    r"|e-?mail delivery|delivery (?:sub)?system|系统退信|邮件系统)(?:\W|_|\d|$)",
    re.IGNORECASE,
)
#: Names and parts before the @ that administrators and firms have, too: a weaker sign.
ADMINISTRATORS = re.compile(
    r"\W*(?:mailer|smtp|system ?administrator|administrator|root|mimecast|proofpoint|barracuda|courier mail server"
    r"|mail[ ._-]?(?:system|service|server|administrator)|anti[ -]?(?:virus|spam|malware)"
    r"|(?:e?mail|spam|virus|security|content)[ ._-]?(?:gateway|firewall|filter|scanner|protection|guard|relay|router)"
    r"|administrador del sistema|amministratore di sistema|administrateur système|系统管理员)(?:\W|_|\d|$)",
    re.IGNORECASE,
)
#: An address, however written.
ADDRESS = re.compile(r"[\w.+-]@[\w-]")
#: A status code (RFC 3463), not the number of a version or a chapter.
STATUS = re.compile(r"(?<![\w.])#?[45]\.\d\.\d{1,3}(?![\w.]*\d)")
#: A reply code of an error (RFC 5321 section 4.2.3) before words, not a sum of money.
REPLY = re.compile(r"(?<![\w.,$])(?:421|45[0-5]|50[0-4]|55[0-6]|57\d)[ :-]+#?(?=[^\W\d_<#]|<|[45]\.\d\.)")
#: The start of a copy of the undelivered mail in the text; not the heading of a quote, such as "Original Message".
COPY_BEGINS = re.compile(
    r"^(?:[ \t]*+-{2,}+.{0,80}\b(?:copy|returned|undelivered|unsent|below this line|kopie|copia|copie)\b"
    r"|(?:Return-Path|Received|DKIM-Signature|Message-ID): )",
    re.IGNORECASE | re.MULTILINE,
)
#: Subjects of answers, which no report has.
ANSWER = re.compile(r"\s*(?:re|aw|antw|sv|vs|odp|ynt|rif|rép?|答复|回复|ответ)\s*[:\uff1a]", re.IGNORECASE)
#: What gateways put in front of a subject.
TAGS = re.compile(r"(?:\s*+[\[(*][^\])*]{0,40}+[\])*]++)+\s*+")

SUBJECTS = folded(
    *("undeliver", "delivery status notification", "mail delivery", "delivery failure", "failure notice"),
    *("returned mail", "delivery notification", "message delivery", "mail system error", "failed mail", "mail failure"),
    *("delivery has failed", "non-deliverable", "nondeliverable", "ndn:", "delayed mail", "warning: could not send"),
    *("warning: message", "mail could not be delivered", "rejected:", "mailbox full", "user unknown"),
    *(
        "email delivery failure",
        "e-mail delivery",
        "delivery failed",
        "delivery error",
        "delivery problem",
        "delivery delay",
    ),
    *(
        "message undeliverable",
        "message blocked",
        "message you sent blocked",
        "message rejected",
        "message not delivered",
        "message could not be delivered",
        "could not deliver",
    ),
    *("unable to deliver", "your message could not", "your message couldn't", "your message was not delivered"),
    *("your email could not be delivered", "failed delivery", "delivery incomplete", "delayed:"),
    *("returned to sender", "returning message", "return to sender", "bounced", "mail returned", "not delivered"),
    *("non-delivery", "nondelivery", "ndr:", "dsn:", "message status - undeliverable", "address not found"),
    *("unzustellbar", "unzustellbarkeitsbericht", "nicht zustellbar", "fehler bei der mailzustellung"),
    *("ihre nachricht konnte nicht", "nachricht nicht zugestellt", "e-mail nicht zugestellt", "nicht zugestellt"),
    *("zustellung gescheitert", "zustellung fehlgeschlagen", "zustellfehler", "notice: mail delivery"),
    *("non remis", "non distribuable", "échec de la remise", "échec de remise", "non délivré", "échec d'envoi"),
    *("message non distribué", "courrier non distribué", "retour de courrier"),
    *("no se puede entregar", "no entregado", "no se ha podido entregar", "correo devuelto", "mensaje no entregado"),
    *("error de entrega", "fallo en la entrega", "no se pudo entregar"),
    *("non recapitabile", "impossibile recapitare", "mancato recapito", "não é possível entregar", "não entregue"),
    *("mancata consegna", "avviso di mancata consegna", "messaggio non recapitato", "falha na entrega"),
    *("onbestelbaar", "niet-bestelbaar", "niet bestelbaar", "nie można dostarczyć", "niedostarczon", "niet bezorgd"),
    *("nie dostarczono", "zwrot wiadomości"),
    *("nedoručiteľn", "nedoručitelná", "nelze doručit", "kézbesíthetetlen", "недоставленное", "не доставлено"),
    *("nedoručené", "sikertelen kézbesítés", "ошибка доставки", "сообщение не доставлено"),
    *("не удается доставить", "не вдалося доставити", "det går inte att leverera", "kan ikke leveres", "uleverelig"),
    *("kunne ikke leveres", "kunde inte levereras", "leveringsfeil"),
    *("toimittamaton", "toimitus epäonnistui", "nu se poate livra", "nelivrat", "δεν είναι δυνατή η παράδοση"),
    *(
        "teslim edilemedi",
        "iletilemedi",
        "配信不能",
        "未送達",
        "配信できませんでした",
        "无法送达",
        "無法傳遞",
        "未傳遞",
    ),
    *("退信", "系统退信", "배달되지 않음", "전송 실패", "לא ניתן למסירה", "يتعذر التسليم"),
    *("ไม่สามารถส่ง", "không gửi được"),
)
