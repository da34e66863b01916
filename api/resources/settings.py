"""The general settings of the tenant, such as whether email update replies are on."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, StrictBool, StrictInt

from api.services import Caller, needs
from api.web.fields import Body, Line
from api.web.problems import of_refusal
from api.web.responses import check_unchanged, show
from cases import tenant_settings
from cases.inbound.decisions import Decider
from cases.tenant_settings import LEAST_TEXT, General
from cases.updates.posting_rules import MAX_TEXT
from schemas.tables import ClosedCases, Receipts

router = APIRouter(tags=["settings"])


class Settings(BaseModel):
    """The general settings, as on Settings > General Case Settings."""

    replies_on: bool = Field(description="Enable Email Update Replies")
    catch_all: str = Field(description="Inbound Email Catch-All: an address, or empty")
    receipts: Receipts
    most_text: int = Field(description="The longest text of an update, in characters")
    text_required: bool
    closed_cases: ClosedCases = Field(description="What email to a closed case does")
    case_pattern: str = Field(description="Pattern of the numbers of new cases")


class SettingsChange(Body):
    """What is to be changed; the rest stays as it is."""

    replies_on: StrictBool | None = None
    catch_all: Line | None = None
    receipts: Receipts | None = None
    most_text: Annotated[StrictInt, Field(ge=LEAST_TEXT, le=MAX_TEXT)] | None = None
    text_required: StrictBool | None = None
    closed_cases: ClosedCases | None = None
    case_pattern: Line | None = None


@router.get("/settings", response_model=Settings)
def get_settings(request: Request, caller: Annotated[Caller, needs("settings:read")]) -> Response:
    """Returns the general settings."""
    with caller.tenant() as connection:
        return show(request, _shown(tenant_settings.general(connection, caller.tenant_id)))


@router.patch("/settings", response_model=Settings)
def change_settings(
    request: Request, caller: Annotated[Caller, needs("settings:write")], asked: SettingsChange
) -> Response:
    """Changes general settings. Emails that were held because replies were off post when replies are switched on."""
    changes = {name: value for name, value in asked if value is not None}
    with caller.tenant() as connection:
        before = tenant_settings.general(connection, caller.tenant_id)
        check_unchanged(request, _shown(before))
        wanted = General(**(asdict(before) | changes))
        checked = tenant_settings.check_general(caller.resources.database, wanted)
        if not isinstance(checked, General):
            raise of_refusal(checked)
        by = Decider(caller.tenant_id, caller.by, caller.token.name, caller.keys)
        tenant_settings.save_general(connection, checked, None, by)
        return show(request, _shown(tenant_settings.general(connection, caller.tenant_id)))


def _shown(general: General) -> Settings:
    return Settings(**asdict(general))
