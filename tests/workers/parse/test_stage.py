"""The parse stage reads raw mails from the blob store, within the limits of the settings."""

from schemas.reasons import Reason
from schemas.records import Body, FetchedMail, ParsedMail, Rejection
from storage.resources import Resources
from tests.builders.small_mails import custody, mail
from workers.parse.stage import parse


def fetched(resources: Resources, raw: bytes) -> FetchedMail:
    """Puts a mail into the blob store; returns its record."""
    plain = custody()
    return FetchedMail(custody=plain.model_copy(update={"raw": resources.blobs.put(plain.tenant_id, "raw", raw)}))


def test_the_limits_of_the_settings_hold(resources: Resources) -> None:
    raw = mail(*[f"X-{number}: 1" for number in range(30)])
    assert isinstance(parse(fetched(resources, raw), resources), ParsedMail)
    strict = Resources(resources.settings.replace(limit_fields=30), resources.database, resources.blobs)
    rejection = parse(fetched(resources, raw), strict)
    assert isinstance(rejection, Rejection)
    assert rejection.reason is Reason.OVER_LIMIT
    assert rejection.evidence == {"limit": "fields", "figure": "36", "allowed": "30"}


def test_a_long_body_stays_in_the_blob_store(resources: Resources) -> None:
    words = "A long answer. " * 4_000
    result = parse(fetched(resources, mail(body=words)), resources)
    assert isinstance(result, ParsedMail)
    assert result.body is None
    assert Body.model_validate_json(resources.blobs.get(result.body_blob)).text == words.rstrip()
