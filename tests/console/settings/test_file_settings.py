"""Settings > Files: an admin's changes apply to the form at once."""

from collections.abc import Callable
from typing import Any

import pytest

from cases.files.type_table import TABLE
from cases.files.types import NEVER
from schemas.files import SWITCHES
from tests.builders.files import GOOD, ooxml, pdf, zipped
from tests.builders.rows import ACTS, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words

PATH = "/settings/files"
#: The initial values of the page; the tests' console accepts forms of 1 MB.
ASIS: dict[str, Any] = {
    "most_files": "5",
    "each_mb": "1",
    "together_mb": "1",
    "types": [row.endings[0] for row in TABLE if row.default],
}
MACROS = ooxml("word/document.xml", {"word/vbaProject.bin": b"VBA" * 99})


def policy(world: World) -> dict[str, Any]:
    ((stored,),) = run(world, "select file_policy from tenants where id = :id", id=world.tenant_id)
    assert isinstance(stored, dict)
    return stored


def audited(world: World) -> list[dict[str, str]]:
    return [row.details for row in run(world, f"select details from {ACTS}", id=world.tenant_id)]


def checked(page: Any, name: str) -> list[str]:
    found: list[str] = tree(page).xpath(f"//input[@name='{name}'][@checked]/@value")
    return found


def test_the_page_shows_every_type_by_its_kind_and_what_each_switch_risks(
    desk: World, browse: Callable[..., Browser]
) -> None:
    page = browse("admin").get(PATH)
    assert checked(page, "types") == ASIS["types"]
    assert sorted(tree(page).xpath("//input[@name='types']/@value")) == sorted(row.endings[0] for row in TABLE)
    assert "heic" in checked(page, "types")
    assert "zip" not in checked(page, "types")
    assert tree(page).xpath("//input[@name='let_in']/@value") == list(SWITCHES)
    assert checked(page, "let_in") == []
    assert "Neither these rules nor the malware scanner can check" in words(page)
    assert "Files are not scanned" in words(page)
    assert tree(page).xpath("//nav[@aria-label='Settings']//a[@aria-current='page']/@href") == [PATH]


def test_saving_the_page_as_it_is_changes_nothing(desk: World, browse: Callable[..., Browser]) -> None:
    page = browse("admin").send(PATH, ASIS)
    assert "The settings are saved." in words(page)
    assert policy(desk) == {}
    assert audited(desk) == []


def test_what_is_chosen_is_saved_shown_and_in_the_audit(desk: World, browse: Callable[..., Browser]) -> None:
    types = [*(ending for ending in ASIS["types"] if ending != "avi"), "zip"]
    page = browse("admin").send(PATH, {**ASIS, "most_files": "7", "types": types, "let_in": ["macros", "encrypted"]})
    assert checked(page, "types") == types
    assert checked(page, "let_in") == ["macros", "encrypted"]
    assert (policy(desk)["most_files"], policy(desk)["macros"], policy(desk)["encrypted"]) == (7, True, True)
    assert audited(desk) == [
        {
            "most_files": "5 to 7",
            "types": "now also zip; no more avi",
            "macros": "False to True",
            "encrypted": "False to True",
        }
    ]


@pytest.mark.parametrize(
    "change",
    [
        *({"most_files": number} for number in ("0", "21", "x")),
        *({"each_mb": number} for number in ("0", "-1", "2", "x")),
        {"together_mb": "2"},
        *({"types": [*ASIS["types"], ending]} for ending in ("exe", "html", "svg", "jpeg")),
        *({"let_in": [kind]} for kind in ("malware", "content", "nonsense")),
        {"unscanned": "pass"},
    ],
    ids=str,
)
def test_what_is_not_offered_is_not_saved(desk: World, browse: Callable[..., Browser], change: dict[str, Any]) -> None:
    assert browse("admin").send(PATH, {**ASIS, **change}).status_code == 400
    assert policy(desk) == {}
    assert audited(desk) == []


def test_no_admin_can_allow_what_a_browser_or_a_shell_would_run() -> None:
    assert not NEVER & {ending for row in TABLE for ending in row.endings}


@pytest.mark.parametrize("name", ["manager", "staff", "client"])
def test_nobody_but_an_admin_opens_or_saves_it(desk: World, browse: Callable[..., Browser], name: str) -> None:
    person = browse(name)
    assert person.get(PATH).status_code == 403
    assert person.send(PATH, {**ASIS, "let_in": ["macros"]}, on="/cases").status_code == 403
    assert policy(desk) == {}


def posted(browser: Browser, world: World, *files: tuple[str, bytes]) -> str:
    """Posts an update with these files; returns the error that the form shows, or "" if it posts them."""
    page = browser.post_update(world.case_id, "See there.", files=list(files))
    return words(page, "//*[@role='alert']").removesuffix(" The files are not kept here: choose them again.")


def test_the_form_goes_by_what_was_chosen(desk: World, browse: Callable[..., Browser], console: Console) -> None:
    admin, client = browse("admin"), browse("client")
    two = [("a.txt", b"a\n"), ("b.txt", b"b\n")]
    assert posted(client, desk, ("letter.docm", MACROS)) == "The file letter.docm can't be posted: it has macros in it."
    assert posted(client, desk, ("all.zip", GOOD["all.zip"])) == (
        "The file all.zip can't be posted: files of type 'zip' are not supported."
    )
    types = [*(ending for ending in ASIS["types"] if ending != "pdf"), "zip"]
    admin.send(PATH, {**ASIS, "most_files": "1", "types": types, "let_in": ["macros"]})
    assert posted(client, desk, ("letter.docm", MACROS)) == ""
    assert posted(client, desk, ("all.zip", GOOD["all.zip"])) == ""
    assert posted(client, desk, *two) == "An update has at most 1 file."
    assert "files of type 'pdf' are not supported" in posted(client, desk, ("plan.pdf", pdf()))
    assert "run.exe is in it" in posted(client, desk, ("all.zip", zipped({"run.exe": b"MZ"})))
    run(desk, """update tenants set file_policy = '{"most_bytes": 10, "most_bytes_together": 3}' where id = :id""",
        id=desk.tenant_id)  # fmt: skip
    assert posted(client, desk, ("a.txt", b"0123456789\n")) == "The file a.txt can't be posted: it is too large."
    assert posted(client, desk, *two) == "The files of an update have at most 3e-06 MB together."
    assert console.settings.clamd.address == ""
