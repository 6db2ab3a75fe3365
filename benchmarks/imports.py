"""How long does it take to import 1.1 million lines of orders, and how much memory?

    PYTHONPATH=src python benchmarks/imports.py FILE [postgresql://…] [--rounds 3] [--out FILE.json]

FILE is the table of transactions of The Complete Journey (CC0) as Parquet. It is imported by the
command line into a new SQLite database in a temporary folder, and into a new database on the
PostgreSQL server, where one is named; the rounds alternate between the two. The goal: at most 60 s
and 600 MB on two idle cores, and on PostgreSQL no more time than on SQLite. A shared machine
stretches the clock, so the processor's seconds are measured as well: the command's own, and on
PostgreSQL those of the server's process for it.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parent.parent / "src"


def run(file: Path, database_url: str) -> dict[str, Any]:
    """Imports the file by the command line and measures it from outside."""
    with tempfile.TemporaryDirectory(prefix="amity-bench-") as home:
        environment = {
            **os.environ,
            "AMITY_HOME": home,
            "AMITY_DATABASE_URL": database_url,
            "PYTHONPATH": str(SOURCE),
        }
        command = [sys.executable, "-m", "amity.cli"]
        subprocess.run([*command, "migrate"], env=environment, check=True, capture_output=True)
        before, server_before = _own_seconds(), _server_seconds()
        began = time.monotonic()
        process = subprocess.Popen(
            [*command, "import", "orders", str(file), "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        peak, server_peak = 0, server_before
        while process.poll() is None:
            peak = max(peak, _peak_kilobytes(process.pid))
            server_peak = {**server_peak, **_server_seconds()}
            time.sleep(0.1)
        output = process.communicate()[0]
        elapsed = time.monotonic() - began
        assert process.returncode == 0, output
        server = sum(server_peak.values()) - sum(server_before.values())
        size = sum(path.stat().st_size for path in Path(home).glob("amity.sqlite3*"))
    return {
        "seconds": round(elapsed, 1),
        "processor_seconds": round(_own_seconds() - before, 1),
        "server_processor_seconds": round(server, 1) if database_url else 0.0,
        "peak_megabytes": round(peak / 1024),
        "database_megabytes": round(size / 1e6),
        "load_average": round(os.getloadavg()[0], 1),
        "summary": json.loads(output),
    }


def _own_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peak_kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def _server_seconds() -> dict[int, float]:
    """Processor seconds of the backends of the benchmark's databases, by process."""
    found: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if "amity_bench_" not in (folder / "cmdline").read_text():
                continue
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if "postgres" in (folder / "comm").read_text():
            ticks = int(fields[11]) + int(fields[12])
            found[int(folder.name)] = ticks / os.sysconf("SC_CLK_TCK")
    return found


def on_postgresql(file: Path, server: str) -> dict[str, Any]:
    """The same on a new database of the server, which is dropped afterwards."""
    import psycopg

    name = f"amity_bench_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            return run(file, f"{server.rpartition('/')[0]}/{name}")
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The middle of each figure, and the summary, which must be the same each time."""
    summaries = [{**run.pop("summary"), "seconds": None} for run in runs]
    assert all(summary == summaries[0] for summary in summaries), summaries
    middle = {name: round(statistics.median(run[name] for run in runs), 1) for name in runs[0]}
    return {"median": middle, "rounds": runs, "summary": summaries[0]}


def main() -> None:
    """Measures and prints, and writes the results where `--out` says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("server", nargs="?")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    runs: dict[str, list[dict[str, Any]]] = {"sqlite": []}
    for _ in range(given.rounds):
        runs["sqlite"].append(run(given.file, ""))
        print("sqlite", runs["sqlite"][-1], file=sys.stderr, flush=True)
        if given.server:
            runs.setdefault("postgresql", []).append(on_postgresql(given.file, given.server))
            print("postgresql", runs["postgresql"][-1], file=sys.stderr, flush=True)
    results: dict[str, Any] = {"python": platform.python_version(), "cores": os.cpu_count()}
    results |= {database: median(rounds) for database, rounds in runs.items()}
    text = json.dumps(results, indent=2)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
