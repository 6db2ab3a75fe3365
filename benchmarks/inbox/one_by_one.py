"""Each page alone, in this process: statements, processor time and size; also draws the plan.

python one_by_one.py plan | pages PLAN ROUNDS
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "pages")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amity.project.settings")


def pages(plan: list[list[dict[str, str]]], rounds: int) -> dict[str, Any]:
    """Medians of the first agent's walks."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from amity.kernel.access.models import User

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(
        User.objects.get(email="agent0@example.org"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    found: dict[str, Any] = {}
    for page in plan[0][0]:
        walks = [walk[page] for walk in plan[0][: rounds + 2]]
        seen = [_load(client, address) for address in walks][2:]
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(walks[0])
        found[page] = {
            "processor_ms": round(statistics.median(cpu for _wall, cpu in seen) * 1000, 1),
            "wall_ms": round(statistics.median(wall for wall, _cpu in seen) * 1000, 1),
            "slowest_wall_ms": round(max(wall for wall, _cpu in seen) * 1000, 1),
            "statements": len(captured),
            "kilobytes": round(len(answer.content) / 1000, 1),
            "status": answer.status_code,
        }
    return found


def _load(client: Any, address: str) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    client.get(address)
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Prints JSON."""
    import django

    django.setup()
    if sys.argv[1] == "plan":
        import plan

        print(plan.text())
        return
    known = json.loads(Path(sys.argv[2]).read_text())
    print(json.dumps(pages(known, int(sys.argv[3]))))


main()
