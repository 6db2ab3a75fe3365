"""A Spark cluster of a master and two workers on this machine answers like DuckDB."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from amity.measure.analytics.engines import Tables, open_engine
from amity.measure.analytics.engines.fitting import fit_in
from amity.testing.lakes import (
    AS_OF,
    PARAMETERS,
    figures,
    single_fits,
    write_buyers,
    write_lake,
)

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None, reason="the extra spark is not here"
)
DEPLOY = "org.apache.spark.deploy"
START_SECONDS = 400


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return write_lake(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a master to which two workers of one core have come."""
    import pyspark

    folder = tmp_path_factory.mktemp("spark")
    home = Path(pyspark.__file__).parent
    port = free_port()
    address = f"spark://127.0.0.1:{port}"
    log = folder / "log.txt"
    here = ["--host", "127.0.0.1", "--webui-port", "0"]
    worker = [f"{DEPLOY}.worker.Worker", *here, "--cores", "1", "--memory", "1g", "--work-dir"]
    commands = [
        [f"{DEPLOY}.master.Master", *here, "--port", str(port)],
        [*worker, str(folder / "one"), address],
        [*worker, str(folder / "two"), address],
    ]
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    with ExitStack() as running:
        written = running.enter_context(log.open("w"))
        for command in commands:
            process = subprocess.Popen(
                [str(home / "bin/spark-class"), *command],
                env=environment,
                stdout=written,
                stderr=subprocess.STDOUT,
            )
            running.callback(process.wait, 30)
            running.callback(process.terminate)
        wait_for(log, "Registering worker", 2)
        yield address


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(log: Path, words: str, times: int) -> None:
    until = time.monotonic() + START_SECONDS
    while log.read_text().count(words) < times:
        assert time.monotonic() < until, log.read_text()[-3000:]
        time.sleep(0.3)


def test_two_workers_give_the_same_figures(
    master: str,
    tables: Tables,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    with (
        open_engine("spark", tables, master=master) as cluster,
        open_engine("duckdb", tables) as one,
    ):
        for question, given in PARAMETERS.items():
            expected = one.ask(question, **given)
            assert cluster.ask(question, **given).to_pylist() == expected.to_pylist(), question


def test_two_workers_fit_what_one_process_fits(
    master: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    tables = write_buyers(tmp_path)

    with open_engine("spark", tables, master=master) as cluster:
        found = figures(fit_in(cluster, AS_OF))

    assert found == pytest.approx(figures(single_fits(tables)), rel=1e-8)
