"""The wheel, installed bare, is a whole house: pages, assets, demonstration data."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from amity.project.server import first_free_port

ROOT = Path(__file__).parent.parent.parent
LINK = re.compile(r"http://127\.0\.0\.1:\d+/sign-in/link\S+")
pytestmark = pytest.mark.wheel


def _run(*command: str | Path, **options: object) -> str:
    ran = subprocess.run(
        [str(part) for part in command],
        text=True,
        capture_output=True,
        check=False,
        timeout=600,
        **options,  # type: ignore[call-overload]  # cwd and env, as they are
    )
    assert ran.returncode == 0, f"{command}: {ran.stdout[-1500:]}{ran.stderr[-1500:]}"
    return str(ran.stdout)


def _uv() -> str | None:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv")


def _install(python: Path, *what: str | Path) -> None:
    uv = _uv()
    if uv is not None:
        _run(uv, "pip", "install", "--quiet", "--python", python, *what)
    else:
        own = [sys.executable, "-m", "pip"]
        has_pip = subprocess.run([*own, "--version"], capture_output=True, check=False)
        if has_pip.returncode != 0:
            pytest.skip("neither uv nor pip is here to install the wheel")
        _run(*own, "--python", python, "install", "--quiet", *what)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment that holds the wheel and its locked dependencies alone."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ["-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    _run(sys.executable, *build, cwd=ROOT)
    (wheel,) = folder.glob("*.whl")
    _run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    python = folder / "venv/bin/python"
    _install(python, "--require-hashes", "-r", ROOT / "requirements.lock")
    _install(python, "--no-deps", wheel)
    return folder / "venv/bin"


def test_the_installed_wheel_serves_the_demonstration(installed: Path, tmp_path: Path) -> None:
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG"}}
    environment = {**kept, "AMITY_HOME": str(tmp_path / "home")}
    port = first_free_port("127.0.0.1", 18900)
    command = [str(installed / "amity"), "demo", "--port", str(port)]

    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE
    ) as running:
        try:
            link = _read_link(running)
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            text = _sign_in(browser, link)
            assert "Corner Market" in text
            for asset in set(re.findall(r'(?:href|src)="(/static/[^"#]+)', text)):
                with browser.open(f"http://127.0.0.1:{port}{asset}", timeout=60) as answer:
                    assert answer.status == 200, asset
        finally:
            running.terminate()
            assert running.wait(timeout=30) == 0


def _sign_in(browser: urllib.request.OpenerDirector, link: str) -> str:
    """Opens the link, presses its button, and gives the page that it leads to."""
    with browser.open(link, timeout=60) as answer:
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.read().decode()))
    sent = urllib.parse.urlencode(fields).encode()
    with browser.open(link.partition("?")[0], data=sent, timeout=60) as page:
        assert page.status == 200
        return str(page.read().decode())


def _read_link(running: subprocess.Popen[str]) -> str:
    began = time.monotonic()
    for line in running.stdout or ():
        found = LINK.search(line)
        if found:
            return found.group()
        assert time.monotonic() - began < 400, "the demonstration did not start"
    raise AssertionError("amity demo ended without a link")


def test_the_wheel_holds_no_tests_and_all_data(installed: Path) -> None:
    (package,) = (installed.parent / "lib").glob("python3*/site-packages/amity")

    assert list(package.rglob("test_*.py")) == []
    assert (package / "project/demonstration/data/orders.parquet").is_file()
