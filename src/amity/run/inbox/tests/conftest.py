from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from amity.base.vocabulary import Role
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import AgentProfile, Channel
from amity.run.inbox.operations.conversations import Received, receive
from amity.run.inbox.rules.incoming import Incoming

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday


def actor_for(user: User) -> Actor:
    return Actor(kind="user", name=user.name, role=Role(user.role), user_id=user.pk)


@pytest.fixture
def mailbox(db: None) -> Channel:
    return Channel.objects.create(
        key="help", name="Help", kind="mail", address="help@shop.example", created_at=AT
    )


@pytest.fixture
def phone(db: None) -> Channel:
    return Channel.objects.create(key="phone", name="Phone", kind="phone", created_at=AT)


@pytest.fixture
def ann(ada: User) -> Actor:
    """Ada at work."""
    return actor_for(ada)


@pytest.fixture
def bob(db: None) -> User:
    """A second person who may answer; nothing comes to him by itself."""
    bob = User.objects.create(email="bob@example.org", name="Bob Ito", role="agent")
    AgentProfile.objects.create(user=bob, takes_turns=False)
    return bob


Write = Callable[..., Received]


@pytest.fixture
def write(mailbox: Channel) -> Write:
    """A customer writes a mail: `write("Where is my order?")`."""
    count = iter(range(1, 10_000))

    def writes(text: str = "Where is my order?", **given: object) -> Received:
        at = given.pop("at", AT)
        assert isinstance(at, datetime)
        fields: dict[str, object] = {
            "text": text,
            "happened_at": at,
            "source": "mail",
            "source_id": f"m{next(count)}",
            "sender_address": "mia@customer.example",
            "sender_name": "Mia Wong",
            "subject": "My order",
        }
        channel = given.pop("channel", mailbox)
        assert isinstance(channel, Channel)
        incoming = Incoming(**(fields | given))  # type: ignore[arg-type]  # checked by the class
        return receive(channel=channel, incoming=incoming, at=at)

    return writes
