"""Two products side by side: each in one process, their pages loaded in turns, in one run."""

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


@dataclass(frozen=True)
class Product:
    """How to start one product's driver."""

    name: str
    driver: Path  # its module
    settings: str
    python: Path
    folder: Path
    environment: dict[str, str]

    def command(self, verb: str, count: int) -> list[str]:
        """Of `serve_one.py` with this product's driver."""
        driver = [str(self.driver.parent), self.driver.stem, self.settings]
        script = str(HERE / "serve_one.py")
        return [str(self.python), "-W", "ignore", script, *driver, verb, str(count)]

    def seed(self, count: int) -> None:
        """Fills its database; raises where that fails."""
        command = self.command("seed", count)
        subprocess.run(command, cwd=self.folder, env=self.environment, check=True)


def amity(work: Path, driver: Path) -> Product:
    """Our own driver, with a home folder inside `work`."""
    home = work / "amity"
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "AMITY_HOME": str(home)}
    environment.pop("AMITY_DATABASE_URL", None)
    return Product(
        "amity", driver, "amity.project.settings", Path(sys.executable), home, environment
    )


def own_environment(folder: Path, requirement: str) -> Path:
    """The Python of a virtual environment for a peer, made on first use."""
    python = folder / "env" / "bin" / "python"
    if not python.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", requirement], check=True)
    return python


def quiet(*command: str, folder: Path, environment: dict[str, str]) -> None:
    """Runs a command whose output nobody needs; raises where it fails."""
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)


class Driver:
    """A running driver process that loads pages on request."""

    def __init__(self, product: Product, count: int) -> None:
        self.process = subprocess.Popen(
            product.command("serve", count),
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


def measure(
    products: list[Product], goals: dict[str, float], count: int, rounds: int
) -> dict[str, Any]:
    """Medians of every page of every product, and the ratio of the first to the second."""
    drivers = [Driver(product, count) for product in products]
    table: dict[str, Any] = {}
    for page, goal in goals.items():
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


def report(rounds: int, pages: dict[str, Any], **more: Any) -> str:
    """The result as JSON, with the machine and its load."""
    table = {
        **more,
        "rounds": rounds,
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "load_average": [round(value, 1) for value in os.getloadavg()],
        "pages": pages,
    }
    return json.dumps(table, indent=2)
