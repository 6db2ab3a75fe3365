"""One product in one process: reads page names on stdin, answers seconds, bytes and statements."""

import importlib
import json
import os
import sys
import time
from pathlib import Path
from types import ModuleType

SETTINGS = {"peer_amity": "amity.project.settings", "peer_creme": "bench.settings"}


def load_peer(name: str) -> ModuleType:
    """The product's module, with its Django started in the current folder."""
    sys.path[:0] = [
        str(Path(__file__).parent),
        str(Path(__file__).parents[2] / "src"),
        str(Path.cwd()),
    ]
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS[name]
    import django

    django.setup()
    return importlib.import_module(name)


def main() -> None:
    """Usage: serve_one.py peer_amity|peer_creme seed|serve CUSTOMERS."""
    peer, verb, count = load_peer(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    if verb == "seed":
        peer.seed(count)
        return
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    pages = peer.pages(count)
    print(json.dumps(sorted(pages)), flush=True)
    for line in sys.stdin:
        page = pages[line.strip()]
        wall, cpu = time.perf_counter(), time.process_time()
        response = page()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        with CaptureQueriesContext(connection) as captured:
            page()
        answer = {
            "wall": wall,
            "cpu": cpu,
            "status": response.status_code,
            "bytes": len(response.content),
            "statements": len(captured),
        }
        print(json.dumps(answer), flush=True)


main()
