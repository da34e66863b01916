"""The board of one mail: by its id to its page in the console, beside what the cluster did at that time.

Metrics do not know single mails: this board leads to what does.
"""

from ops.grafana.model import Board, Field, Kind, Limits, Panel, Query, Row, Text, Unit, quantile_by, rate_by

_PLACES = """\
* **[The page of mail $mail in the console]($console/inbound/$mail)**: its way, its words, the rule that decided, and
  what a person may do. Log in as a member of its tenant.
* [The tenant's inbound log]($console/inbound)
* On a server: `casemail trace $mail` shows every step of its life with times; `casemail find` finds a mail by address,
  words of its subject, or the reference that a mail server was given.

Write the id of the mail above; `casemail find` and the address of its page in the console have it.
"""

_MAIL = Row("The mail", (Text("Where to look", _PLACES, height=6),))

_MEANWHILE = Row(
    "The cluster at that time",
    (
        Panel(
            Kind.GRAPH,
            "From custody to the end, 95 %, by kind of source",
            Unit.SECONDS,
            "Was this mail slow, or were all?",
            quantile_by("source_kind", "casemail_mail_seconds"),
            Limits(10, 60),
            12,
            "casemail-stages",
        ),
        Panel(
            Kind.GRAPH,
            "Oldest in flight",
            Unit.SECONDS,
            "Of all tenants.",
            (Query("max(casemail_oldest_in_flight_seconds)", "oldest"),),
            Limits(60, 900),
            12,
            "casemail-queues",
        ),
        Panel(
            Kind.GRAPH,
            "Mails that do not post, by reason",
            Unit.PER_SECOND,
            "Was it alone, or one of many?",
            rate_by("reason", "casemail_rejections_total"),
            width=12,
            stacked=True,
        ),
        Panel(
            Kind.GRAPH,
            "Records that went wrong, by stage",
            Unit.PER_SECOND,
            "They are tried again.",
            rate_by("stage", "casemail_stage_records_total", '{outcome=~"failed|apart"}'),
            width=12,
            leads_to="casemail-stages",
        ),
    ),
)

BOARD = Board(
    "casemail-mail",
    "casemail: one mail",
    "Where one mail can be looked up, and what the cluster did at that time.",
    (_MAIL, _MEANWHILE),
    (Field("mail", "Id of the mail"), Field("console", "URL of the console", "http://127.0.0.1:8025")),
)
