"""One product in one process: reads page names on stdin, answers seconds, bytes and statements.

    serve_one.py FOLDER MODULE SETTINGS seed|serve COUNT

MODULE in FOLDER is the product's driver: `seed(count)` fills its database, `pages(count)` gives
functions that each load one page.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path
from types import ModuleType


def load_peer(folder: str, name: str, settings: str) -> ModuleType:
    """The product's module, with its Django started in the current folder."""
    here = Path(__file__).parent
    sys.path[:0] = [folder, str(here / "pages"), str(here.parent / "src"), str(Path.cwd())]
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django

    django.setup()
    return importlib.import_module(name)


def main() -> None:
    """Seeds, or serves until stdin ends."""
    folder, name, settings, verb, given = sys.argv[1:]
    peer, count = load_peer(folder, name, settings), int(given)
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
