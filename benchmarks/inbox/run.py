"""The inbox under eight agents, on both databases, at the size of a grown company.

    python benchmarks/inbox/run.py --work FOLDER [--postgresql URL] [--seconds 60] [--out FILE]

FOLDER keeps the SQLite company, so that a second run is quick; URL names an empty PostgreSQL
database, or the one of a run before. The product runs as `amity up` does, with its job worker;
client, server and database share this machine. Each database is measured with a pause of
--think seconds before each page, and without any (eight requests are then always under way). Since
other work on the machine lengthens every time by the clock, processor time stands beside it.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"
TICKS = os.sysconf("SC_CLK_TCK")
LIMITS_MS = {"sqlite": 250, "postgresql": 150}  # of the 99th percentile


def environment(home: Path, url: str) -> dict[str, str]:
    """Where the product finds its code, its home and its database."""
    home.mkdir(parents=True, exist_ok=True)
    given = {**os.environ, "PYTHONPATH": str(SOURCE), "AMITY_HOME": str(home)}
    return {**given, "AMITY_DATABASE_URL": url, "AMITY_LOG_LEVEL": "ERROR"}


def script(name: str, *arguments: str, env: dict[str, str]) -> str:
    """What one of the scripts beside this one prints."""
    command = [sys.executable, str(HERE / name), *arguments]
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


@contextmanager
def serving(env: dict[str, str], port: int) -> Iterator[int]:
    """The product, started as people start it; the number of its first process."""
    command = [sys.executable, "-m", "amity.cli", "up", "--port", str(port)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 900
        while not answers(port):
            assert process.poll() is None, "the server does not start"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.5)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)


def answers(port: int) -> bool:
    """Whether the server is there."""
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
        return bool(answer.status == 200)
    return False


def processor_seconds(root: int, database: str) -> dict[str, float]:
    """Used so far: by the product's processes, by PostgreSQL for this database, by the machine."""
    parents, used, names = {}, {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError, IndexError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                pid = int(folder.name)
                parents[pid] = int(fields[1])
                used[pid] = (int(fields[11]) + int(fields[12])) / TICKS
                names[pid] = (folder / "cmdline").read_text()
    ours = {root}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    theirs = [
        pid for pid, name in names.items() if name.startswith("postgres") and database in name
    ]
    machine = [int(one) / TICKS for one in Path("/proc/stat").read_text().split()[1:9]]
    return {
        "product": sum(used.get(pid, 0.0) for pid in ours),
        "postgresql": sum(used[pid] for pid in theirs) if database else 0.0,
        "machine": sum(machine) - machine[3] - machine[4],
    }


def shift(
    env: dict[str, str], port: int, plan: Path, seconds: float, think: float
) -> dict[str, Any]:
    """One stretch of work by all agents."""
    database = env["AMITY_DATABASE_URL"].rpartition("/")[2]
    with serving(env, port) as root:
        arguments = [str(port), str(plan), str(seconds), str(think)]
        command = [sys.executable, str(HERE / "agents.py"), *arguments]
        client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        out = client.stdout
        assert out is not None
        line(out)  # they have signed in
        before, load = processor_seconds(root, database), os.getloadavg()[0]
        found = line(out)
        after = processor_seconds(root, database)
        client.wait()
    spent = {name: after[name] - before[name] for name in after}
    pages = sum(len(times) for times in found["times"].values())
    mine = spent["product"] + spent["postgresql"] + found["client_processor_seconds"]
    return {
        "think_seconds": think,
        "seconds": round(found["seconds"], 1),
        "pages": pages,
        "pages_a_second": round(pages / found["seconds"], 1),
        "processor_ms_a_page": {
            "product": round(spent["product"] / pages * 1000, 1),
            "postgresql": round(spent["postgresql"] / pages * 1000, 1),
            "client": round(found["client_processor_seconds"] / pages * 1000, 1),
        },
        "cores_used_by_others": round((spent["machine"] - mine) / found["seconds"], 2),
        "load_average": [round(load, 1), round(os.getloadavg()[0], 1)],
        "by_page": {page: summary(times) for page, times in found["times"].items()},
    }


def line(out: IO[str]) -> Any:
    """The next line of JSON."""
    return json.loads(out.readline())


def summary(times: list[float]) -> dict[str, float]:
    """Percentiles in milliseconds."""
    cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    named = {"p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98], "max_ms": max(times)}
    return {"n": len(times), **{name: round(took * 1000, 1) for name, took in named.items()}}


def measure(env: dict[str, str], work: Path, options: argparse.Namespace) -> dict[str, Any]:
    """One database, loaded where it is empty."""
    sizes = ("customers", "conversations", "messages")
    given = [part for name in sizes for part in (f"--{name}", str(getattr(options, name)))]
    print(script("load.py", *given, env=env), file=sys.stderr)
    plan = work / f"plan-{'postgresql' if env['AMITY_DATABASE_URL'] else 'sqlite'}.json"
    plan.write_text(script("one_by_one.py", "plan", env=env))
    alone = json.loads(script("one_by_one.py", "pages", str(plan), "15", env=env))
    shifts = [
        shift(env, options.port, plan, options.seconds, think) for think in (options.think, 0.0)
    ]
    return {"alone": alone, "agents": shifts}


def main() -> None:
    """Measures both databases; prints the result and writes it where --out says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--postgresql", default="", help="URL of a database for this alone")
    parser.add_argument("--without-sqlite", action="store_true")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--conversations", type=int, default=500_000)
    parser.add_argument("--messages", type=int, default=2_000_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=4.0)
    parser.add_argument("--port", type=int, default=8985)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    urls = {} if options.without_sqlite else {"sqlite": ""}
    urls |= {"postgresql": options.postgresql} if options.postgresql else {}
    found: dict[str, Any] = {
        "customers": options.customers,
        "conversations": options.conversations,
        "messages": options.messages,
        "agents": 8,
        "python": platform.python_version(),
        "django": version("django"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "web_processes": os.environ.get("AMITY_WEB_WORKERS", "as by default"),
        "limits_p99_ms": LIMITS_MS,
    }
    for name, url in urls.items():
        env = environment(options.work / name, url)
        found[name] = {"version": database_version(env), **measure(env, options.work, options)}
    text = json.dumps(found, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


def database_version(env: dict[str, str]) -> str:
    """What answers, by its own word."""
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'amity.project.settings'\n"
        "import django; django.setup()\n"
        "from django.db import connection as c\n"
        "cursor = c.cursor()\n"
        "what = 'sqlite_version()' if c.vendor == 'sqlite' else 'version()'\n"
        "print(cursor.execute('SELECT ' + what).fetchone()[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)
    return done.stdout.decode().strip()[:80]


if __name__ == "__main__":
    main()
