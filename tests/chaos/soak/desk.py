"""The people at the desk during a soak: side by side, they decide on mails that did not post, and erase senders."""

from contextlib import closing
from functools import partial
from random import Random

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from cases.erasure import erase
from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from storage.database import Database
from tests.chaos.bench import QUESTION, WRITER, Bench
from tests.chaos.soak.background import SideBySide

#: How many people act side by side.
_PEOPLE = 2
#: Seconds from one act of a person to the next.
_PAUSE = 0.2
#: Most mails of one act: a page of the log.
_MOST = 5
#: What they do. A replay takes longest to end, and is therefore chosen more often.
_ACTS = (Action.REPLAY, Action.REPLAY, Action.MESSAGE, Action.FORWARD, Action.DISCARD)
#: How many of a hundred acts are erasures.
_ERASURES = 10

_ENDED = text("""
select id, run, author from mails where ended_at is not null and state <> 'posted' order by random() limit :most
""")


class Desk(SideBySide):
    """Acts between entry and exit, as the console does; skips impossible acts. `acts` counts the mails decided on."""

    def __init__(self, bench: Bench, chance: Random) -> None:
        super().__init__()
        self.acts = 0
        self._bench = bench
        for _ in range(_PEOPLE):
            self.work(partial(self._decide, Random(chance.random())))

    def _decide(self, chance: Random) -> None:
        settings, planted = self._bench.cluster.settings, self._bench.planted
        tenant_id, user_id = planted.tenants[WRITER.tenant], planted.people[QUESTION.recipients[0]]
        worker = Decider(tenant_id, user_id, WRITER.name, settings.secrets.address_keys)
        with closing(Database(settings.database.url)) as database:
            while not self.over.wait(_PAUSE):
                try:
                    self._act(database, worker, chance)
                except OperationalError:  # the database is away; whether the act was done is in the audit
                    continue

    def _act(self, database: Database, worker: Decider, chance: Random) -> None:
        with database.tenant(worker.tenant_id) as connection:
            mails = connection.execute(_ENDED, {"most": _MOST}).all()
        with database.tenant(worker.tenant_id) as connection:
            if not mails:
                return
            if chance.random() * 100 < _ERASURES:
                author = mails[0].author
                if author and author != WRITER.email:
                    self.acts += erase.erase(connection, worker.tenant_id, author, by=worker.user_id).mails
                return
            seen = {mail.id: mail.run for mail in mails}
            self.acts += len(decisions.act(connection, worker, chance.choice(_ACTS), seen).done)
