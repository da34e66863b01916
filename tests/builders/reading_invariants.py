"""Checks what must hold for every mail that is read, whatever its bytes."""

from schemas.reasons import Reason
from schemas.records import ParsedMail, Rejection
from tests.builders.small_mails import custody
from workers.parse.mime.structure import open_parts
from workers.parse.mime.transfer import decode_transfer
from workers.parse.read import read_mail


def check_reading(raw: bytes) -> None:
    """Reads the bytes and checks what must hold for every mail."""
    result = read_mail(raw, custody())
    assert isinstance(result, ParsedMail | Rejection)
    dumped = result.model_dump_json()
    assert "\\u0000" not in dumped
    if isinstance(result, ParsedMail):
        assert bool(result.author) != bool(result.author_problem)
        assert result.body is not None
        opened = open_parts(raw)
        for attachment in result.attachments:
            payload = opened.payload(attachment.part)
            assert (len(payload.data), payload.defect) == (attachment.size, attachment.defect)
            if attachment.at >= 0:
                content = raw[attachment.at : attachment.at + attachment.length]
                assert decode_transfer(content, attachment.transfer).data == payload.data
    elif result.reason is Reason.UNREADABLE:
        problem = result.evidence["problem"]
        assert problem.endswith((".", "codec.")) or ":" in problem
