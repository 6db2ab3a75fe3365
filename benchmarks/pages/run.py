"""Page times of Amity beside creme-crm, on the same people, in one run, taking turns.

    python benchmarks/pages/run.py --work FOLDER [--customers 100000] [--rounds 15]

FOLDER keeps both databases and creme-crm's own environment, so that a second run is quick. Each
product runs in one process on SQLite; every page is loaded through its WSGI handlers in turns
(ours, theirs, ours, …), so that a busy machine is unfair to both alike.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

HERE = Path(__file__).parent
CREME = "creme-crm==2.8.6"
GOALS = {"list": 0.15, "deep page": 0.2, "search": 0.2, "customer": 0.2}
SETTINGS = """
SECRET_KEY = 'bench'
DEBUG = False
ALLOWED_HOSTS = ['*']
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}
"""


@dataclass(frozen=True)
class Product:
    """How to start one product's driver."""

    name: str
    module: str
    python: Path
    folder: Path
    environment: dict[str, str]

    def command(self, verb: str, customers: int) -> list[str]:
        script = str(HERE / "serve_one.py")
        return [str(self.python), "-W", "ignore", script, self.module, verb, str(customers)]


def quiet(*command: str, folder: Path, environment: dict[str, str]) -> None:
    """Runs a command whose output nobody needs; raises where it fails."""
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)


def prepare_creme(work: Path) -> Product:
    """An environment and a project of the peer, made on first use."""
    folder, python = work / "creme", work / "creme" / "env" / "bin" / "python"
    project = folder / "bench"
    if not (project / "ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", CREME], check=True)
        creme = str(python.parent / "creme")
        environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"}
        quiet(creme, "creme_start_project", "bench", folder=folder, environment=environment)
        settings = project / "bench" / "settings.py"
        settings.write_text(settings.read_text() + SETTINGS)
        for verb in ("migrate", "creme_populate", "generatemedia"):
            quiet(creme, verb, "--settings=bench.settings", folder=project, environment=environment)
        (project / "ready").touch()
    return Product("creme-crm 2.8.6", "peer_creme", python, project, dict(os.environ))


def prepare_amity(work: Path) -> Product:
    """Our own driver, with a home folder inside `work`."""
    home = work / "amity"
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "AMITY_HOME": str(home)}
    environment.pop("AMITY_DATABASE_URL", None)
    return Product("amity", "peer_amity", Path(sys.executable), home, environment)


class Driver:
    """A running driver process that loads pages on request."""

    def __init__(self, product: Product, customers: int) -> None:
        self.process = subprocess.Popen(
            product.command("serve", customers),
            cwd=product.folder,
            env=product.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pages = json.loads(self._out().readline())

    def _out(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def load(self, page: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{page}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._out().readline())
        return answer


def measure(products: list[Product], customers: int, rounds: int) -> dict[str, Any]:
    """Medians of every page of every product, and the ratio of the first to the second."""
    drivers = [Driver(product, customers) for product in products]
    table: dict[str, Any] = {}
    for page, goal in GOALS.items():
        answers: list[list[dict[str, Any]]] = [[] for _ in drivers]
        for turn in range(rounds + 2):
            for driver, collected in zip(drivers, answers, strict=True):
                answer = driver.load(page)
                if turn >= 2:  # the first two warm caches up
                    collected.append(answer)
        table[page] = {
            product.name: summary(collected)
            for product, collected in zip(products, answers, strict=True)
        }
        ours, theirs = (table[page][product.name]["wall_ms"] for product in products)
        table[page]["ratio"] = round(ours / theirs, 3)
        table[page]["goal"] = goal
    return table


def summary(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians in milliseconds, with the largest size and statement count that were seen."""
    return {
        "wall_ms": round(statistics.median(a["wall"] for a in answers) * 1000, 1),
        "cpu_ms": round(statistics.median(a["cpu"] for a in answers) * 1000, 1),
        "status": sorted({a["status"] for a in answers}),
        "kilobytes": round(max(a["bytes"] for a in answers) / 1000, 1),
        "statements": max(a["statements"] for a in answers),
    }


def main() -> None:
    """Prepares, seeds, measures; prints the table and writes it where --out says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    products = [prepare_amity(options.work), prepare_creme(options.work)]
    for product in products:
        subprocess.run(
            product.command("seed", options.customers),
            cwd=product.folder,
            env=product.environment,
            check=True,
        )
    table = {
        "customers": options.customers,
        "rounds": options.rounds,
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "load_average": [round(value, 1) for value in os.getloadavg()],
        "pages": measure(products, options.customers, options.rounds),
    }
    text = json.dumps(table, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


main()
