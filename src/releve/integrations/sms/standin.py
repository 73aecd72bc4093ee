"""A local gateway that speaks the same protocol over a real socket, for tests and trials.

Recipients decide what happens, so that a test reads as a sentence: `+33639980400` is refused with 400,
`...0429` and `...0503` are answered with that status, `...0999` never answers, any other is accepted.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

_STATUS_BY_ENDING = {"0400": 400, "0401": 401, "0422": 422, "0429": 429, "0500": 500, "0503": 503}
_SILENT_ENDING = "0999"
_NO_ID_ENDING = "0202"


class StandInGateway:
    """`with StandInGateway(token="...") as gateway:` serves `gateway.url`; `gateway.accepted`: what left."""

    def __init__(self, *, token: str, port: int = 0) -> None:
        self.token = token
        self.accepted: dict[str, dict[str, Any]] = {}
        self.calls = 0
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1/messages"

    def __enter__(self) -> StandInGateway:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, authorization: str, raw: bytes) -> tuple[int, dict[str, Any]]:
        """Status and body for one call; remembers what it accepts, once per id."""
        with self._lock:
            self.calls += 1
        if authorization != f"Bearer {self.token}":
            return 401, {"error": "token"}
        try:
            call = json.loads(raw)
            reference, to, text = call["id"], call["to"], call["text"]
        except (ValueError, KeyError, TypeError):
            return 400, {"error": "malformed"}
        if not (isinstance(to, str) and to.startswith("+") and isinstance(text, str) and text):
            return 422, {"error": "fields"}
        ending = to[-4:]
        if ending == _SILENT_ENDING:
            self.closing.wait(30)
        if ending in _STATUS_BY_ENDING:
            return _STATUS_BY_ENDING[ending], {"error": "asked for"}
        with self._lock:
            known = reference in self.accepted
            self.accepted.setdefault(reference, call)
        if ending == _NO_ID_ENDING:
            return 202, {}
        return (200 if known else 202), {"id": f"gw-{reference}"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                status, body = gateway.answer(self.headers.get("Authorization", ""), self.rfile.read(length))
                raw = json.dumps(body).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)
                except OSError:
                    return  # the client has given up waiting

            def log_message(self, format: str, *args: object) -> None:
                """Numbers and texts must not reach any log."""

        return Handler
