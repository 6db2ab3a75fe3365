"""Amity with a small inbox: run with its own Python."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.test import Client

from amity.kernel.access.models import User
from amity.run.inbox.models import Conversation, Message

HERE = Path(__file__).parent
SHARED = "BENCH_TICKETS"  # the file that the peer is filled from


def seed(count: int) -> None:
    """Loads `count` conversations, and writes them down for the peer."""
    sizes = ("--customers", str(count // 5), "--conversations", str(count))
    command = [sys.executable, str(HERE / "load.py"), *sizes, "--messages", str(4 * count)]
    code = {**os.environ, "PYTHONPATH": str(HERE.parents[1] / "src")}
    subprocess.run(command, check=True, env=code)
    file = Path(os.environ[SHARED])
    if not file.exists():
        with file.open("w") as out:
            for row in _rows():
                out.write(json.dumps(row) + "\n")


def _rows() -> Any:
    said: dict[int, list[tuple[str, str, str]]] = {}
    messages = Message.objects.order_by("at", "pk")
    for pk, kind, text, at in messages.values_list("conversation", "kind", "text", "at"):
        said.setdefault(pk, []).append((kind, text, at.isoformat()))
    names = ("number", "subject", "status", "customer__identities__value", "opened_at")
    found = Conversation.objects.filter(customer__identities__kind="email").order_by("pk")
    for number, subject, status, email, opened_at in found.values_list(*names):
        row = {"title": subject, "is_open": status != "closed", "email": email}
        yield {**row, "created": opened_at.isoformat(), "said": said[number]}


def pages(count: int) -> dict[str, Any]:
    """Functions that each load one page and return its response."""
    client = Client(HTTP_HOST="127.0.0.1")
    user = User.objects.get(email="agent0@example.org")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    number = _longest(count)
    return {
        "list": lambda: client.get("/inbox/"),
        "conversation": lambda: client.get(f"/inbox/{number}/"),
    }


def _longest(count: int) -> int:
    """A conversation of twelve messages, which both products show."""
    found = Conversation.objects.filter(message_count=12, is_spam=False).order_by("pk").first()
    return found.number if found is not None else count // 2
