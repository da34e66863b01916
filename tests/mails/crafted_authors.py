"""Crafted From fields and headers, with which an attacker claims to be another author. No author must be found."""

from base64 import b64encode

L, E = "admin@legit.com", "x@evil.com"


def encoded(text: str) -> str:
    """Returns an RFC 2047 word."""
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


CRAFTED = (
    ("two mailboxes", f"<{E}>, <{L}>"),
    ("two mailboxes the other way", f"<{L}>, <{E}>"),
    ("two mailboxes, folded", f"<{E}>,\r\n <{L}>"),
    ("encoded mailbox before another", f"{encoded('<' + L + '>')},<{E}>"),
    ("encoded local part", f"{encoded('admin')}@legit.com"),
    ("encoded local part in angles", f"<{encoded('admin')}@legit.com>"),
    ("route", f"<@evil.com,@any.com:{L}>"),
    ("quoted pair outside quotes", f"<{L}>\\,<{E}>"),
    ("mailbox behind the angle", f"<{L}>{E}"),
    ("mailbox before the angle", f"{L}<{E}>"),
    ("mailbox before the angle with a space", f"{L} <{E}>"),
    ("lone bracket", f"{L}){E}"),
    ("an address, then an angle behind a comma", f"{L},<{E}>"),
    ("two angles without a space", f"<{L}><{E}>"),
    ("an encoded word that ends an address", f"<{L}{encoded('>')} <{E}>"),
    ("two angles", f"N <{L}> <{E}>"),
    ("group", f"g: {L};"),
    ("empty group", "undisclosed-recipients:;"),
    ("quoted local part", '"admin@legit.com"@evil.com'),
    ("comment in the address", "admin(c)@legit.com"),
    ("comment in the angle", "<admin@legit.com(c)>"),
    ("comment that hides an angle", f"(x <{E}>) <{L}>"),
    ("open angle", f"Bob <{L}"),
    ("open quote", f'"Bob <{L}>'),
    ("unquoted comma", f"Smith, Bob <{L}>"),
    ("unquoted colon", f"Bob: x <{L}>"),
    ("unquoted brackets", f"Bob [Acme] <{L}>"),
    ("trailing dot in the domain", f"<{L}.>"),
    ("dot before the at", "<admin.@legit.com>"),
    ("space in the local part", "<ad min@legit.com>"),
    ("space around the address", f"< {L} >"),
    ("domain literal", "<admin@[10.0.0.1]>"),
    ("domain without a dot", "<admin@localhost>"),
    ("Cyrillic letter", "<аdmin@legit.com>"),  # noqa: RUF001
    ("full-width letter in the domain", "<admin@ｌegit.com>"),  # noqa: RUF001
    ("Kelvin sign", "<\u212a@legit.com>"),
    ("zero-width space", "<admin\u200b@legit.com>"),
    ("no-break space before the address", f"\u00a0{L}"),
    ("local part over 64 octets", f"<{'a' * 65}@legit.com>"),
    ("no address", "Bob"),
    ("nothing", ""),
    ("control character", "<admin\x07@legit.com>"),
)


HEADERS = (
    ("two From fields", (f"From: <{E}>", f"From: <{L}>")),
    ("two From fields, one in capitals", (f"FROM: {E}", f"from: {L}")),
    ("two equal From fields", (f"From: {L}", f"From: {L}")),
    ("a space before the first", (f" From: <{E}>", f"From: <{L}>")),
    ("a space before the colon", (f"From : {L}",)),
    ("a space before the colon of one", (f"From : {E}", f"From: {L}")),
    ("a tab before the colon", (f"From\t: {L}",)),
    ("a name folded before the colon", (f"From\r\n : {L}",)),
    ("a From in the fold of another field", ("Subject: x\r\n From: x@evil.com", f"From: {L}")),
    ("a line that is no field before it", ("no field", f"From: {L}")),
    ("a line that is no field after it", (f"From: {L}", "no field")),
    ("a field without a name", (": x", f"From: {L}")),
    ("a control character in a field name", ("X\x01: y", f"From: {L}")),
    ("no From", ()),
    ("only Sender", (f"Sender: {L}",)),
    ("only Resent-From", (f"Resent-From: {L}",)),
)
