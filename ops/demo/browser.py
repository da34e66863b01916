"""A person at the console: logs in, reads pages and sends forms over HTTP, as a browser does."""

import html
import re
from collections.abc import Mapping
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_ADDRESS = re.compile(r'id="address">([^<]+)<')
_SECONDS = 30.0


class Browser:
    """One log-in session at the console under `url`. Raises `urllib.error.HTTPError` when a page is refused."""

    def __init__(self, url: str, *, slug: str, email: str, password: str) -> None:
        self._url = url
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.send("/login", {"slug": slug, "email": email, "password": password})

    def read(self, path: str) -> str:
        """The page at `path`."""
        return self._open(path)

    def send(self, path: str, fields: Mapping[str, str]) -> str:
        """Fills in the form on the page at `path` and sends it; the page that comes then."""
        found = _CSRF.search(self._open(path))
        assert found is not None, f"no form on {path}"
        return self._open(path, urlencode({**fields, "csrf": found[1]}).encode())

    def case_address(self, case_id: object) -> str:
        """The address that the envelope icon on the page of the case shows."""
        found = _ADDRESS.search(self.read(f"/cases/{case_id}"))
        assert found is not None, f"no address on the page of case {case_id}"
        return html.unescape(found[1])

    def _open(self, path: str, data: bytes | None = None) -> str:
        with self._opener.open(self._url + path, data, timeout=_SECONDS) as response:
            text: str = response.read().decode()
            return text
