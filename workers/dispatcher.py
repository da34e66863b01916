"""The dispatcher: the cluster's scheduler. Several may run.

Waiting mails stay in the ledger until the dispatcher moves them into the topics, tenant by tenant. It also emits
stalled mails again, orders due fetches, sendings and scans, notes which batches are finished, and deletes old data.
"""

import time
from collections.abc import Callable, Sequence
from threading import Event, Thread

import dramatiq
import structlog
from dramatiq.errors import BrokerConnectionError

from schemas.records import Custody, FetchedMail
from storage import api_requests, due_files, erasure_log, senders, sent_log, stored_files, webhooks
from storage import canaries as canary_table
from storage.archive import catalogue
from storage.labels import known
from storage.ledger import admission, batches, entries, leases, mail_counts, retention
from storage.outbox_queue import Limits, claim_due, probe
from storage.resources import Resources
from workers import archiving, canaries, mail_count_check, metrics, runner, tracing
from workers.broker import KafkaBroker
from workers.ending_rate import EndingRate
from workers.fetch.disk_space import DiskSpace

#: The most rows that a job takes at a time.
MOST = 1_000
#: After admitting at least `BUSY` mails at once, the next are admitted `BUSY_SECONDS` later: under load mails travel in
#: larger groups, which cost less.
BUSY, BUSY_SECONDS = 5, 0.2
#: The least limit of all tenants' mails in the topics, whatever is measured: without load little ends in a second.
LEAST_TOGETHER = 100
#: The most originals deleted in one run, and the seconds to the next run while more are left: other jobs must not wait
#: until all are deleted.
MOST_DELETED, MORE_SECONDS = 50, 0.5
#: The most changes of counts that are added up in one run.
MOST_CHANGES = 20_000
#: Days for which fetches that found nothing are kept in the database.
EMPTY_DAYS = 14

_log = structlog.get_logger(__name__)


class Dispatcher:
    """Runs its jobs, each in its period, until it is stopped."""

    def __init__(self, resources: Resources, broker: KafkaBroker, *, beat: Callable[[], None] = lambda: None) -> None:
        """Calls `beat` before each job, as a sign of life."""
        self._beat = beat
        self._resources = resources
        self._broker = broker
        self._disk_space = DiskSpace(resources.settings)
        self._canaries: Thread | None = None
        self._check: Thread | None = None
        self._archiving: Thread | None = None
        self._rate = EndingRate()
        #: each job with its period in seconds; a job may return the seconds to its next run instead
        self.jobs: tuple[tuple[Callable[[], float | None], float], ...] = (
            (self.measure, 1.0),
            (self.admit, 0.05),
            (self.order_outbox, 0.25),
            (self.probe_mail_server, 10.0),
            (self.order_fetches, 0.5),
            (self.finish_batches, 0.5),
            (self.emit_again, 5.0),
            (self.delete_originals, 30.0),
            (self.delete_files, 30.0),
            (self.order_files, 10.0),
            (self.forget, 600.0),
            (self.send_canaries, 5.0),
            (self.add_up_counts, 10.0),
            (self.check_counts, 60.0),
            (self.archive_old, 60.0),
        )

        known(metrics.DUTY_FAILURES, [job.__name__ for job, _ in self.jobs])

    def run(self, stop: Event) -> None:
        """Runs the jobs until `stop` is set. A failed job is logged and counted, and runs again after its period."""
        due = {job: 0.0 for job, _ in self.jobs}
        while not stop.is_set():
            for job, period in self.jobs:
                if time.monotonic() >= due[job] and not stop.is_set():
                    self._beat()
                    due[job] = time.monotonic() + (self._run_job(job) or period)
            stop.wait(max(0.0, min(due.values()) - time.monotonic()))

    def measure(self) -> None:
        """Measures how many mails end in a second, for the limit of mails in the topics."""
        with self._resources.database.system() as connection:
            self._rate.note(time.monotonic(), mail_counts.ended(connection))

    @property
    def together(self) -> int:
        """The most mails of all tenants together in the topics: what is worked off in `queue_seconds`."""
        return max(LEAST_TOGETHER, round(self._rate.per_second * self._resources.settings.intake.queue_seconds))

    def admit(self) -> float | None:
        """Moves waiting mails into the topics, up to the limits of mails in flight for each tenant and for all."""
        window = self._resources.settings.intake.tenant_window
        with self._resources.database.system() as connection:
            mails = admission.admit(connection, window=window, most=MOST, together=self.together)
        self._emit_mails(mails, "admitted")
        return BUSY_SECONDS if len(mails) >= BUSY else None

    def emit_again(self) -> None:
        """Emits stalled mails again; holds for a person a mail that was emitted `max_emissions` times."""
        settings = self._resources.settings
        with self._resources.database.system() as connection:
            mails, given_up = admission.stalled(
                connection,
                stall_seconds=settings.intake.stall_seconds,
                max_emissions=settings.intake.max_emissions,
                most=MOST,
            )
        if mails or given_up:
            _log.warning("mails did not move", emitted_again=len(mails), held=given_up)
        metrics.STALLED.inc(given_up)
        self._emit_mails(mails, "again", alone=True)

    def order_outbox(self) -> None:
        """Orders the sending of mails that are due in the outbox, within the limits for each domain and tenant."""
        limits = Limits(self._resources.settings.smtp.domain_limit, self._resources.settings.smtp.tenant_limit)
        with self._resources.database.system() as connection:
            orders = claim_due(connection, most=MOST, limits=limits)
        self._emit(runner.messages(orders), "outbox", len(orders))

    def probe_mail_server(self) -> None:
        """Tries one of the mails again for which no mail server was there; the first that goes out brings the rest."""
        with self._resources.database.system() as connection:
            probe(connection)

    def order_fetches(self) -> None:
        """Orders the fetches that are due, unless the disk is nearly full."""
        if self._disk_space.stopped:
            return
        with self._resources.database.system() as connection:
            orders = leases.due(connection)
        try:
            self._emit(runner.messages(orders), "fetch", len(orders))
        except BrokerConnectionError:
            # so that the sources are due again in their period, not only when their leases have run out
            with self._resources.database.system() as connection:
                for order in orders:
                    leases.release(connection, order, "Kafka did not take the order to fetch")
            raise

    def finish_batches(self) -> None:
        """Notes the latency of batches whose last mail has ended."""
        with self._resources.database.system() as connection:
            batches.close_abandoned(connection)
            finished = batches.finish_batches(connection)
        for source, seconds, mails in finished:
            metrics.BATCH_SECONDS.labels(source).observe(seconds)
            for mail_seconds in mails:
                metrics.MAIL_SECONDS.labels(source).observe(mail_seconds)

    def delete_originals(self) -> float | None:
        """Deletes originals that are older than the retention time or are to be erased."""
        erasure_log.note_new(self._resources.database, self._resources.blobs)
        causes = retention.sweep(self._resources.database, self._resources.blobs, most=MOST_DELETED)
        for cause, count in causes.items():
            metrics.ORIGINALS_DELETED.labels(cause.partition(" ")[0]).inc(count)
        return MORE_SECONDS if causes.total() >= MOST_DELETED else None

    def delete_files(self) -> float | None:
        """Deletes the bytes of files that belong to no update."""
        checked = stored_files.sweep(self._resources.database, self._resources.blobs, most=MOST_DELETED)
        return MORE_SECONDS if checked >= MOST_DELETED else None

    def order_files(self) -> None:
        """Orders another scan of files that were left out because they could not be scanned."""
        with self._resources.database.system() as connection:
            orders = due_files.claim_due(connection, most=MOST)
        self._emit(runner.messages(orders), "files", len(orders))

    def send_canaries(self) -> None:
        """Counts the canaries that arrived; sends the due canaries in a thread, because a mail server may hang."""
        with self._resources.database.system() as connection:
            for source, seconds in canary_table.count(connection):
                metrics.CANARY_SECONDS.labels(source).observe(seconds)
        if self._canaries is None or not self._canaries.is_alive():
            found = canaries.due_now(self._resources)
            if found:
                self._canaries = Thread(target=canaries.send, args=(found, self._resources.settings), daemon=True)
                self._canaries.start()

    def add_up_counts(self) -> float | None:
        """Adds the changes of the counts of mails to the counts, so that reading them stays quick."""
        with self._resources.database.system() as connection:
            added = mail_counts.add_up(connection, most=MOST_CHANGES)
        return MORE_SECONDS if added >= MOST_CHANGES else None

    def check_counts(self) -> None:
        """Once a night, compares the counts of mails with all rows, in a thread, because that may take minutes."""
        if self._check is not None and self._check.is_alive():
            return
        with self._resources.database.system() as connection:
            due = mail_counts.is_check_due(connection, self._resources.settings.database.check_hour)
        if due:
            self._check = Thread(target=mail_count_check.run, args=(self._resources.database,), daemon=True)
            self._check.start()

    def archive_old(self) -> None:
        """Once a night, moves old rows into the archive, in a thread; nothing unless the settings say what is old."""
        if not archiving.days(self._resources.settings) or (self._archiving is not None and self._archiving.is_alive()):
            return
        with self._resources.database.system() as connection:
            due = catalogue.is_night_due(connection, self._resources.settings.database.check_hour)
        if due:
            arguments = (self._resources.database, self._resources.settings)
            self._archiving = Thread(target=archiving.run, args=arguments, daemon=True)
            self._archiving.start()

    def forget(self) -> None:
        """Deletes requests of webhooks and of the API that are too old to be repeated, old fetches that found nothing,
        old notes about senders, and old days of the log of sent mails."""
        with self._resources.database.system() as connection:
            webhooks.forget_requests(connection)
            api_requests.forget(connection)
            batches.forget_empty(connection, days=EMPTY_DAYS, most=MOST_DELETED)
            senders.forget(connection)
        sent_log.forget(self._resources.blobs)

    def _run_job(self, job: Callable[[], float | None]) -> float | None:
        try:
            return job()
        except Exception as error:  # noqa: BLE001  # the other jobs go on; the failure shows in log and metric
            metrics.DUTY_FAILURES.labels(job.__name__).inc()
            _log.warning("duty failed", duty=job.__name__, error=error)
            return None

    def _emit_mails(self, mails: Sequence[Custody], kind: str, *, alone: bool = False) -> None:
        # sorted by tenant, because some stages work on the mails of one tenant together
        records = [FetchedMail(custody=custody) for custody in sorted(mails, key=lambda mail: mail.tenant_id)]
        ordinary = [record for record in records if record.custody.size <= entries.ORDINARY_BYTES and not alone]
        large = [record for record in records if record.custody.size > entries.ORDINARY_BYTES or alone]
        try:
            self._emit(_messages(ordinary, kind) + _messages(large, kind, alone=True), kind, len(records))
        except BrokerConnectionError:
            # the mails wait again; Kafka may still have some of them, and then the post stage sees that they have ended
            with self._resources.database.system() as connection:
                admission.put_back(connection, [custody.mail_id for custody in mails])
            raise

    def _emit(self, messages: Sequence[dramatiq.Message[None]], kind: str, count: int) -> None:
        if messages:
            self._broker.enqueue_many(messages)
            metrics.EMITTED.labels(kind).inc(count)


def _messages(records: Sequence[FetchedMail], kind: str, *, alone: bool = False) -> list[dramatiq.Message[None]]:
    made: list[dramatiq.Message[None]] = []
    for context, share in tracing.batches(kind, records):
        with context:
            made += runner.messages(share, alone=alone)
    return made
