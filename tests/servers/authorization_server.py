"""A small authorization server: issues access tokens by HTTPS (RFC 6749), and checks them by HTTP (RFC 7662)."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import trustme


class AuthorizationServer:
    """Runs from entry to exit.

    `refresh` and `good` are the valid refresh and access tokens, each with its user; `forms` are the token requests.
    With `rotates`, a refresh token is valid once. `lasts` is the stated lifetime of an access token, in seconds.
    `says`, if set, is the answer to all token requests. `alone` is the user whose mailbox the client may open with its
    own credentials.
    """

    def __init__(self, ca: trustme.CA) -> None:
        self.refresh: dict[str, str] = {}
        self.good: dict[str, str] = {}
        self.forms: list[dict[str, str]] = []
        self.rotates = False
        self.lasts = 3_600
        self.alone = ""
        self.says: tuple[int, Any] | None = None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("localhost").configure_cert(context)
        self._secure = _serve(self, context)
        self._plain = _serve(self, None)
        self.url = f"https://localhost:{self._secure.server_port}/token"
        self.introspection = f"http://127.0.0.1:{self._plain.server_port}/?token="

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in (self._secure, self._plain):
            server.shutdown()
            server.server_close()

    def give(self, form: dict[str, str]) -> tuple[int, Any]:
        """Returns status and values of the answer to a request for a token."""
        self.forms.append(form)
        if self.says:
            return self.says
        given = form.get("refresh_token", "")
        user = self.alone if form["grant_type"] == "client_credentials" else self.refresh.get(given)
        if not user:
            return 400, {"error": "invalid_grant", "error_description": f"AADSTS70008 the token {given} has expired"}
        access = uuid4().hex
        self.good[access] = user
        answer: dict[str, Any] = {"access_token": access, "token_type": "Bearer", "expires_in": self.lasts}
        if self.rotates:
            del self.refresh[given]
            answer["refresh_token"] = uuid4().hex
            self.refresh[answer["refresh_token"]] = user
        return 200, answer


def _serve(tokens: AuthorizationServer, context: ssl.SSLContext | None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(*tokens.give({name: values[0] for name, values in parse_qs(body).items()}))

        def do_GET(self) -> None:
            user = tokens.good.get(parse_qs(urlsplit(self.path).query).get("token", [""])[0])
            self._answer(*((200, {"active": True, "email": user}) if user else (401, {"active": False})))

        def _answer(self, status: int, values: Any) -> None:
            body = values if isinstance(values, bytes) else json.dumps(values).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
