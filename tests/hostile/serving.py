"""The pages over a test's own house, really served on loopback from a thread, so that a browser and sqlmap can ask them."""

import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class _Many(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def on_loopback(application: Callable[..., Iterable[bytes]]) -> Iterator[str]:
    """Yields the address, e.g. `http://127.0.0.1:41233`."""
    server = make_server("127.0.0.1", 0, application, _Many, _Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
