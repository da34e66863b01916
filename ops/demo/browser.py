"""A person at the console, as a browser sends it: logs in, reads pages and sends forms."""

import html
import re
from collections.abc import Mapping
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener
from uuid import uuid4

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_ADDRESS = re.compile(r'id="address">([^<]+)<')
_SECONDS, _LONG_SECONDS = 30.0, 120.0


class Browser:
    """A log-in session at the console under `url`. Raises `urllib.error.HTTPError` when a page is refused."""

    def __init__(self, url: str, *, slug: str, email: str, password: str) -> None:
        self._url = url
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.send("/login", {"slug": slug, "email": email, "password": password})

    def read(self, path: str) -> str:
        """Returns the page at `path`."""
        return self._open(path)

    def send(self, path: str, fields: Mapping[str, str]) -> str:
        """Sends the form on the page at `path`; returns the page that follows."""
        found = _CSRF.search(self._open(path))
        assert found is not None, f"no form on {path}"
        return self._open(path, urlencode({**fields, "csrf": found[1]}).encode())

    def attach(self, page: str, path: str, fields: Mapping[str, str], name: str, content: bytes, kind: str) -> str:
        """Sends the form of the page `page` to `path` with one file (RFC 7578); returns the page that follows."""
        found = _CSRF.search(self._open(page))
        assert found is not None, f"no form on {page}"
        boundary = uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in {**fields, "csrf": found[1]}.items()
        ]
        disposition = f'Content-Disposition: form-data; name="files"; filename="{name}"'
        head = f"--{boundary}\r\n{disposition}\r\nContent-Type: {kind}\r\n"
        body = b"".join([*parts, head.encode(), b"\r\n", content, f"\r\n--{boundary}--\r\n".encode()])
        request = Request(self._url + path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})  # noqa: S310
        with self._opener.open(request, timeout=_LONG_SECONDS) as response:
            text: str = response.read().decode()
            return text

    def case_address(self, case_id: object) -> str:
        """Returns the address that the envelope icon on the case page shows."""
        found = _ADDRESS.search(self.read(f"/cases/{case_id}"))
        assert found is not None, f"no address on the page of case {case_id}"
        return html.unescape(found[1])

    def _open(self, path: str, data: bytes | None = None) -> str:
        with self._opener.open(self._url + path, data, timeout=_SECONDS) as response:
            text: str = response.read().decode()
            return text
