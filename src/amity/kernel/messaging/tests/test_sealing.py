import pytest
from pytest_django import Settings

from amity.kernel.messaging.sealing import SealError, seal, unseal


def test_sealed_secret_is_opened_again() -> None:
    sealed = seal("hunter2 ü")

    assert "hunter2" not in sealed
    assert seal("hunter2 ü") != sealed
    assert unseal(sealed) == "hunter2 ü"


def test_changed_secret_is_refused() -> None:
    sealed = seal("hunter2")
    changed = sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1]

    with pytest.raises(SealError):
        unseal(changed)
    with pytest.raises(SealError):
        unseal("sealed:@@@")


def test_another_secret_key_does_not_open_it(settings: Settings) -> None:
    sealed = seal("hunter2")

    settings.SECRET_KEY = "another"

    with pytest.raises(SealError):
        unseal(sealed)
