"""The words and icon of each action on a mail, as buttons show them."""

from dataclasses import dataclass

from cases.inbound.actions import Action


@dataclass(frozen=True)
class ActionLabel:
    """The words of an action on the page of a mail, `short` on the bar above the list, and a line on what it does."""

    words: str
    icon: str
    hint: str = ""
    short: str = ""


#: In the order of the buttons. The first one only asks for more, since Enter in a form presses its first button.
ACTION_LABELS: dict[Action, ActionLabel] = {
    Action.ATTACH: ActionLabel("Move to case", icon="folder-share", hint="Posts there as a new update"),
    Action.ACCEPT: ActionLabel("Post this once", icon="check", hint="As an update of its sender", short="Post"),
    Action.RECIPIENT: ActionLabel(
        "Add sender to this update", icon="user-plus", hint="Posts it, and all their further answers"
    ),
    Action.ALIAS: ActionLabel("Ask whether it is their address", icon="mail-forward", hint="They get a link"),
    Action.MESSAGE: ActionLabel(
        "Keep as new matter", icon="sparkles", hint="Waits under New matters for a case", short="New matter"
    ),
    Action.REPLAY: ActionLabel("Process again", icon="refresh", hint="With the settings of today"),
    Action.FORWARD: ActionLabel("Forward", icon="arrow-forward-up"),
    Action.DISCARD: ActionLabel("Discard", icon="trash", hint="Nobody is notified"),
}

#: The actions on several mails at once.
BULK = (Action.ATTACH, Action.ACCEPT, Action.MESSAGE, Action.REPLAY, Action.FORWARD, Action.DISCARD)
