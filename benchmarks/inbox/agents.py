"""Eight agents at work: each signs in and walks its pages, over HTTP, in a thread of its own.

    python agents.py PORT PLAN SECONDS THINK

THINK is the mean of the exponential pause before each page, in seconds; 0 is the worst case, where
eight requests are always under way. Prints one line of JSON.
"""

import json
import resource
import sys
import threading
import time
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from pathlib import Path
from random import Random
from re import search
from urllib.parse import urlencode

PASSWORD = "eight agents at work"  # noqa: S105 -- as company.py gives it to invented people
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Agent:
    """One person with a browser's worth of cookies and one connection."""

    def __init__(self, number: int, port: int) -> None:
        self.number = number
        self._line = HTTPConnection("127.0.0.1", port, timeout=120)
        self._origin = f"http://127.0.0.1:{port}"
        self._cookies: dict[str, str] = {}

    def get(self, address: str) -> tuple[int, bytes]:
        """A page, read to its end."""
        return self._ask("GET", address, None)

    def _ask(self, method: str, address: str, body: str | None) -> tuple[int, bytes]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies, "Referer": self._origin, "Accept": "text/html"}
        answer = self._answer(method, address, body, headers | (FORM if body else {}))
        content = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, content

    def _answer(
        self, method: str, address: str, body: str | None, headers: dict[str, str]
    ) -> HTTPResponse:
        try:
            self._line.request(method, address, body, headers)
            return self._line.getresponse()
        except (
            RemoteDisconnected,
            ConnectionResetError,
        ):  # an idle line was closed: as browsers do
            self._line.close()
            self._line.request(method, address, body, headers)
            return self._line.getresponse()

    def sign_in(self) -> None:
        """Through the form, as people do."""
        _status, page = self.get("/sign-in")
        token = search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        given = {
            "csrfmiddlewaretoken": token.group(1).decode(),
            "email": f"agent{self.number}@example.org",
            "password": PASSWORD,
        }
        status, _page = self._ask("POST", "/sign-in", urlencode(given))
        assert status == 302, f"agent {self.number} cannot sign in: {status}"


def work(
    agent: Agent, walks: list[dict[str, str]], until: float, think: float
) -> list[tuple[str, float]]:
    """(page, seconds) of each page until the time is up."""
    chance, seen = Random(agent.number), []  # noqa: S311 -- pauses, not secrets
    while True:
        for walk in walks:
            for page, address in walk.items():
                if think:
                    time.sleep(min(chance.expovariate(1 / think), 4 * think))
                if time.monotonic() > until:
                    return seen
                begun = time.perf_counter()
                status, _content = agent.get(address)
                seen.append((page, time.perf_counter() - begun))
                assert status == 200, f"{address}: {status}"


def main() -> None:
    """Signs all in, then lets them work at once."""
    port, plan, seconds, think = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4]
    walks = json.loads(Path(plan).read_text())
    agents = [Agent(number, port) for number in range(len(walks))]
    for agent in agents:
        agent.sign_in()
        for address in walks[agent.number][0].values():
            agent.get(address)  # warms what a process keeps
    seen: list[tuple[str, float]] = []
    used = resource.getrusage(resource.RUSAGE_SELF)
    begun, until = time.monotonic(), time.monotonic() + seconds

    def run(agent: Agent) -> None:
        shift = agent.number * 15 % len(walks[agent.number])
        own = walks[agent.number][shift:] + walks[agent.number][:shift]
        seen.extend(work(agent, own, until, float(think)))

    threads = [threading.Thread(target=run, args=(agent,)) for agent in agents]
    print(json.dumps("ready"), flush=True)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = resource.getrusage(resource.RUSAGE_SELF)
    times: dict[str, list[float]] = {}
    for page, took in seen:
        times.setdefault(page, []).append(took)
    found = {
        "seconds": time.monotonic() - begun,
        "client_processor_seconds": after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime,
        "times": times,
    }
    print(json.dumps(found), flush=True)


main()
