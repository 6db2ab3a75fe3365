"""A foreign site with a strict content security policy, that embeds the chat."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Teehaus</title>
<meta name="viewport" content="width=device-width"></head>
<body><main><h1>Tea</h1><p>Loose leaves from small gardens.</p></main>
<script src="{house}/inbox/chat/widget.js" data-channel="{channel}"{more} async></script>
</body></html>"""


@contextmanager
def foreign_site(port: int, house: str, channel: str = "shop", more: str = "") -> Iterator[str]:
    """Serves the site on another port; its address."""
    policy = f"default-src 'none'; script-src {house}; connect-src {house}; base-uri 'none'"
    page = PAGE.format(house=house, channel=channel, more=more).encode()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(page if found else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its own name
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()
