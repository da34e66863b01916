"""The board of one tenant, or of several: where their mails are, and what waits for a person."""

from ops.grafana.model import MUST_BE_ZERO, Board, Choice, Kind, Limits, Panel, Query, Row, Unit, of_label

_OF = 'tenant=~"$tenant"'

_NOW = Row(
    "Now",
    (
        Panel(
            Kind.STAT,
            "Unaccounted",
            Unit.NUMBER,
            "Mails taken in that have no end state and are not in flight; must be 0, but for a moment.",
            (Query(f'sum(abs(casemail_mails{{{_OF}, place="unaccounted"}}))'),),
            MUST_BE_ZERO,
            4,
        ),
        Panel(
            Kind.STAT,
            "In flight",
            Unit.NUMBER,
            "Mails that have not come to an end state. The backlog of a tenant delays nobody else.",
            (Query(f'sum(casemail_mails{{{_OF}, place="in_flight"}})'),),
            width=5,
        ),
        Panel(
            Kind.STAT,
            "Oldest in flight",
            Unit.SECONDS,
            "Usually seconds.",
            (Query(f"max(casemail_oldest_in_flight_seconds{{{_OF}}})"),),
            Limits(60, 900),
            5,
        ),
        Panel(
            Kind.STAT,
            "Held for a person",
            Unit.NUMBER,
            "The tenant's admins find them under Held mails.",
            (Query(f'sum(casemail_mails{{{_OF}, place="held"}})'),),
            width=5,
        ),
        Panel(
            Kind.STAT,
            "Oldest held",
            Unit.SECONDS,
            "The alert CasemailHeldTooLong fires after two days.",
            (Query(f"max(casemail_oldest_held_seconds{{{_OF}}})"),),
            Limits(86400, 172800),
            5,
        ),
    ),
)

_MAILS = Row(
    "Mails",
    (
        Panel(
            Kind.GRAPH,
            "Mails by place",
            Unit.NUMBER,
            "All that are in the ledger.",
            (Query(f'sum by (place) (casemail_mails{{{_OF}, place!="received"}})', "{{place}}"),),
            width=12,
            stacked=True,
        ),
        Panel(
            Kind.GRAPH,
            "In flight, by tenant",
            Unit.NUMBER,
            "The ten with the most. What waits in the ledger is admitted by turns.",
            (Query(f'topk(10, casemail_mails{{{_OF}, place="in_flight"}})', "{{tenant}}"),),
            width=12,
            leads_to=of_label("casemail-tenant", "tenant", "tenant"),
        ),
        Panel(
            Kind.GRAPH,
            "Held, by tenant",
            Unit.NUMBER,
            "The ten with the most.",
            (Query(f'topk(10, casemail_mails{{{_OF}, place="held"}})', "{{tenant}}"),),
            width=12,
            leads_to=of_label("casemail-tenant", "tenant", "tenant"),
        ),
        Panel(
            Kind.BARS,
            "Canaries missing, by tenant",
            Unit.NUMBER,
            "Must be 0; nothing is shown where none is late.",
            (Query(f"sum by (tenant) (casemail_canaries_missing{{{_OF}}}) or vector(0)", "{{tenant}}"),),
            MUST_BE_ZERO,
            12,
            "casemail-sources",
        ),
    ),
)

BOARD = Board(
    "casemail-tenant",
    "casemail: tenant",
    "Where a tenant's mails are. Tenants are named while they have something to tell, or always with "
    "CASEMAIL_METRICS_EVERY_TENANT.",
    (_NOW, _MAILS),
    (Choice("tenant", "Tenant", "casemail_mails", "tenant"),),
)
