"""An HTTP server on loopback that answers as a test wants it to, also in ways that no good server would."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Hostile:
    """Answers as `answer` does; notes the path of each request."""

    answer: Answer
    url: str = ""
    paths: list[str] = field(default_factory=list)
    #: Set at the end, for answers that wait.
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def hostile_server(answer: Answer) -> Iterator[Hostile]:
    """Run the server on a free port until the block ends."""
    hostile = Hostile(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            hostile.paths.append(self.path)
            try:
                hostile.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                return

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hostile.url = f"http://127.0.0.1:{server.server_port}/in"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hostile
    finally:
        hostile.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def simple(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Give an answer with a status, headers (`retry_after` for `retry-after`) and a body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer
