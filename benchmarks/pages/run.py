"""Page times of Amity beside creme-crm, on the same people, in one run, taking turns.

    python benchmarks/pages/run.py --work FOLDER [--customers 100000] [--rounds 15]

FOLDER keeps both databases and creme-crm's own environment, so that a second run is quick. Each
product runs in one process on SQLite; every page is loaded through its WSGI handlers in turns
(ours, theirs, ours, …), so that a busy machine is unfair to both alike.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from side_by_side import Product, amity, measure, own_environment, quiet, report  # noqa: E402 -- after the path

CREME = "creme-crm==2.8.6"
GOALS = {"list": 0.15, "deep page": 0.2, "search": 0.2, "customer": 0.2}
SETTINGS = """
SECRET_KEY = 'bench'
DEBUG = False
ALLOWED_HOSTS = ['*']
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}
"""


def prepare_creme(work: Path) -> Product:
    """An environment and a project of the peer, made on first use."""
    folder = work / "creme"
    python, project = own_environment(folder, CREME), folder / "bench"
    if not (project / "ready").exists():
        creme = str(python.parent / "creme")
        environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"}
        quiet(creme, "creme_start_project", "bench", folder=folder, environment=environment)
        settings = project / "bench" / "settings.py"
        settings.write_text(settings.read_text() + SETTINGS)
        for verb in ("migrate", "creme_populate", "generatemedia"):
            quiet(creme, verb, "--settings=bench.settings", folder=project, environment=environment)
        (project / "ready").touch()
    driver = HERE / "peer_creme.py"
    return Product("creme-crm 2.8.6", driver, "bench.settings", python, project, dict(os.environ))


def main() -> None:
    """Prepares, seeds, measures; prints the table and writes it where --out says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    products = [amity(options.work, HERE / "peer_amity.py"), prepare_creme(options.work)]
    for product in products:
        product.seed(options.customers)
    pages = measure(products, GOALS, options.customers, options.rounds)
    text = report(options.rounds, pages, customers=options.customers)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


main()
