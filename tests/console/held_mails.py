"""Helpers for tests of held mails and of the buttons on their pages."""

from typing import Any
from uuid import UUID

from cases.inbound.actions import Action
from schemas.reasons import Reason
from schemas.tables import MailState, now
from tests.builders.rows import add_mail, run
from tests.builders.world import World
from tests.console.browser import Browser, tree


def add_held(world: World, reason: Reason = Reason.NOT_A_RECIPIENT, author: str = "member", **more: Any) -> UUID:
    """Adds a mail that is held for a reason; returns its id."""
    values = {"author": world.email(author), "subject": "Re: A leak", "ended_at": now(), "reason": reason, **more}
    return add_mail(world, MailState.HELD, **values)


def state(world: World, mail_id: UUID) -> str:
    """Returns the state of a mail."""
    return str(run(world, "select state from mails where id = :id", id=mail_id)[0].state)


def buttons(browser: Browser, mail_id: UUID) -> list[str]:
    """Returns the acts that the page of a mail offers, in the order of `Action`."""
    found: list[str] = tree(browser.get(f"/inbound/{mail_id}")).xpath("//form//button[@name='action']/@value")
    return sorted(found, key=[action.value for action in Action].index)


def press(browser: Browser, mail_id: UUID, action: str, *, seen: int = 0, **more: str) -> Any:
    """Does an act on a mail as its page at the run `seen` would; returns the next page."""
    here = f"/inbound/{mail_id}"
    values = {"mail": f"{mail_id}~{seen}", "action": action, "back": here, **more}
    return browser.send("/inbound/acts", values, on=here)
