"""The gate: every check and every test, the same list on a laptop and in continuous integration.

    ./amity test            everything
    ./amity test fast       the checks and the tests on SQLite, without browser and wheel
    ./amity test lint       the checks alone
    ./amity test -- ARGS    pytest with ARGS on SQLite

PostgreSQL is used when AMITY_TEST_POSTGRES_URL names one or 127.0.0.1:5432 lets `postgres` in;
browser tests run when Chromium is there. What was left out is said in the last lines.

Tests that start processes depend on how busy the machine is. A few that fail are run once more,
alone; those that pass then do not close the gate, and the last lines name them as unsteady. Not so
where a test of races is among them: one that is lost now and then is a fault.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTHON = sys.executable
PURE = ("src/amity/measure/analytics", "src/amity/adapt/advisor")
DATABASE_FREE = (  # what asks no database, or one of its own: once is enough
    "src/amity/base",
    "tests/architecture",
    "tests/docs",
    "tests/engines",
    "tests/packaging",
)
AGAIN = 5  # failed tests of a suite, at most, that are run once more
SUMMARY = re.compile(r"(?:FAILED|ERROR) ([^\[\s]+(?:\[.*?\])?)(?: - .*)?")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAIL_SERVERS = {
    "dovecot-imapd": "/usr/lib/dovecot/imap",
    "dovecot-lmtpd": "/usr/lib/dovecot/lmtp",
    "opensmtpd": "/usr/sbin/smtpd",
}
DEFAULT_POSTGRES = "postgresql://postgres@127.0.0.1:5432/amity_gate"


@dataclass(frozen=True)
class Suite:
    """A run of pytest: its name, its arguments, and what its environment has besides."""

    name: str
    arguments: Sequence[str]
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Gate:
    """The steps so far: which failed, which were left out and why, which passed only again."""

    environment: dict[str, str]
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)

    def step(self, name: str, command: Sequence[str], **more: str) -> None:
        """Runs one step; its output is shown only where it fails."""
        print(f"== {name}", flush=True)
        began = time.monotonic()
        ran = subprocess.run(
            command,
            cwd=ROOT,
            env={**self.environment, **more},
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if ran.returncode != 0:
            print(ran.stdout, flush=True)
        self._note(name, ran.returncode, time.monotonic() - began)

    def tests(self, *suites: "Suite") -> None:
        """Runs suites of pytest side by side.

        The first one's output is shown as it comes, the others' after it; the closing line of each
        is shown again at the end.
        """
        began = time.monotonic()
        failed: list[tuple[Suite, str, list[str]]] = []
        for suite, (process, output) in [(suite, self._start(suite)) for suite in suites]:
            print(f"== {suite.name}", flush=True)
            closing, names = _show(process, output)
            name = f"{suite.name}: {closing}"
            code = process.wait()
            if code != 0 and 0 < len(names) <= AGAIN and "race" not in " ".join(names):
                failed.append((suite, name, names))
            else:
                self._note(name, code, time.monotonic() - began)
        for suite, name, names in failed:
            self._again(suite, name, names)

    def _again(self, suite: "Suite", name: str, names: list[str]) -> None:
        """Runs the failed tests of a suite once more, with nothing beside them."""
        began = time.monotonic()
        print(f"== {suite.name}, once more: {', '.join(names)}", flush=True)
        process, output = self._start(Suite(suite.name, names, suite.more))
        _show(process, output)
        code = process.wait()
        if code == 0:
            self.unsteady += names
        self._note(f"{name}; once more alone", code, time.monotonic() - began)

    def _start(self, suite: "Suite") -> "tuple[subprocess.Popen[str], Path]":
        """The running suite, with a home of its own, and the file that it writes to."""
        home = Path(tempfile.mkdtemp(dir=self.environment["AMITY_HOME"]))
        output = home / "output.txt"
        with output.open("w", encoding="utf-8") as written:
            process = subprocess.Popen(
                pytest(*suite.arguments),
                cwd=ROOT,
                env={**self.environment, **suite.more, "AMITY_HOME": str(home)},
                text=True,
                stdout=written,
                stderr=subprocess.STDOUT,
            )
        return process, output

    def _note(self, name: str, code: int, seconds: float) -> None:
        if code != 0:
            self.failed.append(name)
        self.lines.append(f"{'FAILED' if code else 'passed'}  {seconds:6.1f} s  {name}")

    def close(self) -> int:
        """Prints how everything went; returns the exit code."""
        print("\n== the gate")
        print("\n".join(self.lines))
        for reason in self.skipped:
            print(f"skipped: {reason}")
        for test in self.unsteady:
            print(f"unsteady: {test} failed among the others and passed alone; mend it")
        print("The gate is open." if not self.failed else f"Failed: {', '.join(self.failed)}")
        return 1 if self.failed else 0


def lint(gate: Gate) -> None:
    """What needs no database."""
    gate.step("ruff", [PYTHON, "-m", "ruff", "check", "."])
    gate.step("format", [PYTHON, "-m", "ruff", "format", "--check", "."])
    gate.step("import contracts", [str(Path(PYTHON).with_name("lint-imports"))])
    gate.step("types", [PYTHON, "-m", "mypy"])
    gate.step("types of tools and tests", [PYTHON, "-m", "mypy", "tools", "tests"])
    django = [PYTHON, "-m", "django"]
    gate.step("system checks", [*django, "check", "--fail-level", "WARNING"])
    gate.step("migrations", [*django, "makemigrations", "--check", "--dry-run"])


def pytest(*arguments: str) -> list[str]:
    """The command that runs tests."""
    return [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]


def test_all(gate: Gate) -> None:
    """Every test, on every database that is there."""
    gate.tests(Suite("pure wings without Django", ["-c", "tests/pure.ini", "--rootdir=.", *PURE]))
    ignored = [f"--ignore={folder}" for folder in PURE]
    left_out = [] if has_browser(gate) else ["not browser"]
    note_missing_mail_servers(gate)
    suites = [Suite("tests on SQLite", [*_without(left_out), *ignored])]
    url = postgres_url()
    if url is None:
        gate.skipped.append(
            "tests on PostgreSQL (none at 127.0.0.1:5432; AMITY_TEST_POSTGRES_URL names another)"
        )
    else:
        once = [f"--ignore={folder}" for folder in DATABASE_FREE]
        on_postgres = [*_without(["not browser", "not wheel"]), *ignored, *once]
        suites.append(Suite("tests on PostgreSQL", on_postgres, {"AMITY_DATABASE_URL": url}))
    gate.tests(*suites)


def _show(process: "subprocess.Popen[str]", output: Path) -> tuple[str, list[str]]:
    """Prints a suite's output as it comes; its closing line, and the names of what failed."""
    closing, is_summary, names = "", False, []
    for line in _lines(process, output):
        print(line, end="", flush=True)
        closing = line.strip() or closing
        is_summary = is_summary or "short test summary info" in line
        failed = SUMMARY.fullmatch(line.rstrip()) if is_summary else None
        if failed is not None:
            names.append(failed[1])
    return closing, names


def _lines(process: "subprocess.Popen[str]", output: Path) -> Iterator[str]:
    """What the process writes to `output`, as it comes, until it has ended."""
    with output.open(encoding="utf-8", errors="replace") as written:
        while True:
            ended = process.poll() is not None
            yield from iter(written.readline, "")
            if ended:
                return
            time.sleep(0.2)


def _without(marks: list[str]) -> list[str]:
    return ["-m", " and ".join(marks)] if marks else []


def has_browser(gate: Gate) -> bool:
    """Whether Chromium is there; notes it where it is not."""
    named = os.environ.get("AMITY_CHROMIUM")
    if named or any(shutil.which(name) for name in BROWSERS):
        return True
    gate.skipped.append("browser tests (no Chromium; AMITY_CHROMIUM names one)")
    return False


def note_missing_mail_servers(gate: Gate) -> None:
    """Says which mail servers are not here; the tests that need one skip themselves."""
    missing = [name for name, binary in MAIL_SERVERS.items() if not Path(binary).exists()]
    if missing:
        gate.skipped.append(f"tests against a real mail server (no {', '.join(missing)})")


def postgres_url() -> str | None:
    """A server that lets us in, or None."""
    import psycopg

    url = os.environ.get("AMITY_TEST_POSTGRES_URL", DEFAULT_POSTGRES)
    server, _, _ = url.rpartition("/")
    try:
        psycopg.connect(f"{server}/postgres", connect_timeout=3).close()
    except psycopg.OperationalError:
        return None
    return url


def main(arguments: list[str]) -> int:
    """Runs what was asked for."""
    what = arguments[0] if arguments else "all"
    if what not in {"all", "fast", "lint", "--"}:
        print(__doc__)
        return 2
    with tempfile.TemporaryDirectory(prefix="amity-gate-") as home:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AMITY_")}
        named = {key: os.environ[key] for key in ("AMITY_CHROMIUM",) if key in os.environ}
        environment = {
            **kept,
            **named,
            "AMITY_HOME": home,
            "PYTHONPATH": str(ROOT / "src"),
            "DJANGO_SETTINGS_MODULE": "amity.project.settings",
        }
        if what == "--":
            return subprocess.run(
                pytest(*arguments[1:]), cwd=ROOT, env=environment, check=False
            ).returncode
        gate = Gate(environment)
        lint(gate)
        if what == "all":
            test_all(gate)
        elif what == "fast":
            gate.tests(Suite("tests on SQLite", _without(["not browser", "not wheel"])))
        return gate.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
