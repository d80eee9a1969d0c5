"""What the practice portals share: serving over real HTTP, and faults that can be ordered for any request."""

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import Flask, Response, request
from werkzeug.serving import make_server

Fault = Literal["500", "503", "403", "409", "dropped before", "dropped after", "no answer"]
PATIENCE = 1.0
"""Seconds after which a client of a practice portal gives it up."""


class RefusedError(Exception):
    """A request that is refused."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class DroppedError(Exception):
    """The connection is to be cut without an answer."""


class SilentError(Exception):
    """The connection is to be left open without an answer."""


@dataclass
class PracticePortal(ABC):
    """A server's state: what was asked of it, and what goes wrong."""

    faults: dict[int, Fault] = field(default_factory=dict)
    """What goes wrong with which request, counted from one over the requests that need the key."""
    requests: list[str] = field(default_factory=list)
    address: str = ""

    @abstractmethod
    def application(self) -> Flask:
        """Return the server over this state."""

    @abstractmethod
    def refuse(self, status: int, message: str) -> Response:
        """Return a refusal in the portal's own shape."""

    def disturb(self) -> Response | None:
        """Count a request of the publisher, and let it go wrong where that was ordered."""
        if request.path.startswith(("/dataset/", "/download/")) and not request.headers.get("Authorization"):
            return None
        self.requests.append(f"{request.method} {request.path}")
        fault = self.faults.get(len(self.requests))
        if fault == "dropped before":
            raise DroppedError
        return self.refuse(int(fault), f"ordered fault {fault}") if fault and fault.isdigit() else None

    def drop(self, response: Response) -> Response:
        """Give no answer once all is done, where that was ordered."""
        fault = self.faults.get(len(self.requests))
        if fault == "dropped after":
            raise DroppedError
        if fault == "no answer":
            raise SilentError
        return response


@contextmanager
def serving(portal: PracticePortal) -> Iterator[str]:
    """Serve a portal on the loopback address, and yield the address."""
    app = portal.application()
    app.register_error_handler(RefusedError, lambda error: portal.refuse(error.status, error.message))
    app.before_request(portal.disturb)
    app.after_request(portal.drop)
    server = make_server("127.0.0.1", 0, _cut(app), threaded=True)
    portal.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield portal.address
    finally:
        server.shutdown()
        thread.join()


def _cut(app: Flask) -> Any:
    """Let a `DroppedError` close the connection instead of answering, and a `SilentError` wait until it is closed."""
    app.config["PROPAGATE_EXCEPTIONS"] = True

    def cutting(environ: Any, start_response: Any) -> Any:
        try:
            return app(environ, start_response)
        except (DroppedError, SilentError) as fault:
            connection: socket.socket = environ["werkzeug.socket"]
            if isinstance(fault, SilentError):
                while connection.recv(1 << 16):
                    pass
            else:
                connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError from None  # which the server takes as the client's leave

    return cutting
