"""Amazon SES by SNS: the tests sign with their own certificate, and a proxy serves it under the name of Amazon's
server."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from sqlalchemy import text

from storage.resources import Resources
from tests.builders.pushed_mails import add_webhook, mail, mails_of
from tests.builders.world import World
from tests.servers.amazon_sns import HOST, NAME, TOPIC, AmazonSns, amazon_sns, new_signer
from tests.servers.webhooks import serving
from workers.fetch.push.endpoints import Endpoint, Provider
from workers.fetch.push.providers import RefusedError
from workers.fetch.push.sns import Sns


@pytest.fixture(scope="module")
def amazon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AmazonSns]:
    with amazon_sns(tmp_path_factory.mktemp("amazon")) as running:
        yield running


@pytest.fixture
def url(resources: Resources, amazon: AmazonSns) -> Iterator[str]:
    """Yields the URL of a webhook for the topic."""
    path, _ = add_webhook(resources, Provider.SNS, topic=TOPIC)
    with serving(resources, webhook_proxy=amazon.proxy, webhook_ca_file=amazon.ca_file) as url:
        yield f"{url}/in/{path}"


def post(url: str, message: dict[str, str]) -> int:
    return httpx.post(url, content=orjson.dumps(message), timeout=30).status_code


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_mail_that_ses_publishes_is_taken_for_its_recipients_and_once(
    resources: Resources, world: World, amazon: AmazonSns, url: str, version: str
) -> None:
    ours, raw = [f"case-{name}@{world.mail_domain}" for name in ("one", "two")], mail()
    message = amazon.notification(raw, *ours, version=version)
    assert [post(url, message) for _ in range(2)] == [200, 200]
    assert mails_of(resources, world) == [(address, "a@x.example", "waiting") for address in ours]


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ({}, None),
        ({"dmarcVerdict": {"status": "PASS"}}, "amazonses.com; dmarc=pass"),
        (
            {"dmarcVerdict": {"status": "FAIL"}, "dmarcPolicy": "reject", "spfVerdict": {"status": "FAIL"}},
            "amazonses.com; dmarc=fail policy.dmarc=reject",
        ),
        (
            {"dmarcVerdict": {"status": "GRAY"}, "spfVerdict": {"status": "PASS"}},
            "amazonses.com; dmarc=none; spf=pass smtp.mailfrom=x.example",
        ),
        ({"dmarcVerdict": {"status": "PROCESSING_FAILED"}}, "amazonses.com; dmarc=temperror"),
        ({"dmarcVerdict": {"status": "x; dmarc=pass"}, "dmarcPolicy": "none; dmarc=pass"}, None),
        ({"dmarcVerdict": "PASS"}, None),
    ],
)
def test_what_ses_found_of_the_sender_comes_with_the_mail(
    resources: Resources, world: World, amazon: AmazonSns, url: str, verdicts: dict[str, Any], said: str | None
) -> None:
    message = amazon.notification(mail(), f"case-one@{world.mail_domain}", verdicts=verdicts)
    assert post(url, message) == 200
    with resources.database.system() as connection:
        query = text("select w.said from mails m left join sender_words w on w.mail_id = m.id where m.tenant_id = :id")
        assert connection.execute(query, {"id": world.tenant_id}).scalar_one() == said


def test_a_subscription_is_confirmed_at_amazon(amazon: AmazonSns, url: str) -> None:
    amazon.asked.clear()
    assert post(url, amazon.message("SubscriptionConfirmation")) == 200
    assert "/?Action=ConfirmSubscription&Token=t" in amazon.asked


def test_what_is_not_amazons_word_for_this_topic_does_not_come_in(
    resources: Resources, world: World, amazon: AmazonSns, url: str
) -> None:
    ours = f"case-1@{world.mail_domain}"

    def of(**changes: Any) -> dict[str, str]:
        return amazon.notification(mail(), ours, **changes)

    old = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    other = AmazonSns(*new_signer()).notification(mail(), ours)
    messages = {
        "another topic": (of(TopicArn=TOPIC + "2"), 403),
        "another signer": (other, 401),
        "no signature": (of() | {"Signature": ""}, 401),
        "changed after it was signed": (of() | {"MessageId": "2"}, 401),
        "no version": (of() | {"SignatureVersion": "3"}, 400),
        "another server": (of(SigningCertURL="https://evil.example/x.pem"), 403),
        "a server of nearly the name": (of(SigningCertURL=f"https://{HOST}.evil.example/x.pem"), 403),
        "a server before an at sign": (of(SigningCertURL=f"https://{HOST}@evil.example/x.pem"), 403),
        "another port": (of(SigningCertURL=f"https://{HOST}:444/x.pem"), 403),
        "in clear": (of(SigningCertURL=f"http://{HOST}/x.pem"), 403),
        "no certificate": (of(SigningCertURL=f"https://{HOST}/x.txt"), 403),
        "a redirection": (of(SigningCertURL=f"https://{HOST}/SimpleNotificationService-moved.pem"), 503),
        **{
            f"a certificate at {url}": (of(SigningCertURL=url), 403)
            for url in (
                f"https://sns.s3.amazonaws.com/{NAME}",
                f"https://sns.s3-us-west-2.amazonaws.com/{NAME}",
                f"https://sns.s3-website-us-east-1.amazonaws.com/{NAME}",
                f"https://sns.us-east-1.amazonaws.com/{NAME}",
                f"https://sns.eu-west-1.amazonaws.com.cn/{NAME}",
                f"https://{HOST}/x.pem",
                f"https://{HOST}/bucket/{NAME}",
                f"https://{HOST}/../{NAME}",
                f"https://{HOST}/{NAME}?x.pem",
                f"https://{HOST}/{NAME}#x",
                f"https://{HOST}//{NAME}",
                f"https://{HOST.upper()}/{NAME}",
                f"https://{HOST}./{NAME}",
                "",
            )
        },
        "too old": (of(Timestamp=old), 403),
        "no time": (of(Timestamp="then"), 403),
        **{
            f"a confirmation at {url}": (amazon.message("SubscriptionConfirmation", SubscribeURL=url), 403)
            for url in (
                "https://evil.example/?Action=ConfirmSubscription&Token=t",
                "https://sns.s3.amazonaws.com/?Action=ConfirmSubscription&Token=t",
                f"https://{HOST}/?Action=Unsubscribe&Token=t",
                f"https://{HOST}@evil.example/?Action=ConfirmSubscription&Token=t",
            )
        },
        "in a bucket": (amazon.message(Message='{"mail": {}, "receipt": {"action": {"type": "S3"}}}'), 422),
        "no JSON": ({}, 403),
    }
    assert {name: post(url, message) for name, (message, _) in messages.items()} == {
        name: status for name, (_, status) in messages.items()
    }
    assert mails_of(resources, world) == []


def test_a_certificate_from_a_server_that_nobody_trusts_proves_nothing(
    resources: Resources, world: World, amazon: AmazonSns
) -> None:
    path, _ = add_webhook(resources, Provider.SNS, topic=TOPIC)
    with serving(resources, webhook_proxy=amazon.proxy) as url:
        assert post(f"{url}/in/{path}", amazon.notification(mail(), f"x@{world.mail_domain}")) == 503
    assert mails_of(resources, world) == []


@pytest.mark.parametrize(
    "topic",
    [
        "arn:aws:sns:s3:123456789012:mail",
        "arn:aws:sns:eu-west-1.evil.example/x:123456789012:mail",
        "arn:aws:sns:eu-west-1:1:mail",
        "arn:aws:s3:::sns",
        "arn:aws-evil:sns:eu-west-1:123456789012:mail",
        "",
    ],
)
def test_a_webhook_is_for_a_topic_of_sns(resources: Resources, topic: str) -> None:
    with pytest.raises(ValueError, match="the ARN of the SNS topic is needed"):
        add_webhook(resources, Provider.SNS, topic=topic)


@pytest.mark.parametrize(
    ("topic", "server"),
    [
        ("arn:aws:sns:us-east-1:123456789012:mail.fifo", "https://sns.us-east-1.amazonaws.com"),
        ("arn:aws-cn:sns:cn-north-1:123456789012:mail", "https://sns.cn-north-1.amazonaws.com.cn"),
        ("arn:aws-us-gov:sns:us-gov-west-1:123456789012:mail", "https://sns.us-gov-west-1.amazonaws.com"),
    ],
)
def test_the_server_is_that_of_the_topics_region(resources: Resources, topic: str, server: str) -> None:
    with pytest.raises(RefusedError, match=f"not at {server}$"):
        Sns(resources.settings).read(
            Endpoint(uuid4(), "d", None, Provider.SNS, "", topic),
            orjson.dumps(AmazonSns(*new_signer()).message(TopicArn=topic, SigningCertURL="https://evil.example/x.pem")),
            datetime.now(UTC),
        )
