"""`recover`: all steps of a recovery, in their order."""

from storage import sent_log
from storage.ledger import recovery
from storage.resources import Resources
from workers.recovery import comparison, erasures, missing, store, taking
from workers.recovery.report import Report


def recover(resources: Resources, *, dry: bool = False, verify: bool = False) -> Report:
    """Makes ledger and blob store agree, and reports. It can be interrupted at any point, and repeated.

    With `dry`, it changes nothing; with `verify`, it also reads each original. The order matters: what was sent is
    known before anything can be sent, and erasures are repeated before mails are taken in that came later.
    """
    report = Report()
    if not dry:
        with resources.database.system() as connection:
            report.sent = sent_log.take_over(connection, sent_log.read(resources.blobs))
    erasures.repeat(resources, report, dry=dry)
    with resources.database.system() as connection:
        tenants = recovery.tenants(connection)
    for tenant_id in sorted(tenants | set(store.tenants(resources.blobs))):
        found = comparison.compare(resources, tenant_id, verify=verify)
        report.known += found.known
        taking.take(resources, tenant_id, found.unknown, tenants, report, dry=dry)
        missing.settle(resources, tenant_id, found.missing, found.back, report, dry=dry)
        if tenant_id in tenants:
            missing.find_files(resources, tenant_id, report)
    return report
