import gzip

import pytest
from django.test import Client

from amity.ui.bundles import PARTS, bundle_address


@pytest.mark.parametrize("name", sorted(PARTS))
def test_a_bundle_is_packed_and_lasts_under_its_version(name: str, client: Client) -> None:
    address = bundle_address(name)

    plain = client.get(address)
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})

    assert plain.status_code == 200
    assert gzip.decompress(packed.content) == plain.content
    assert "immutable" in packed.headers["Cache-Control"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.content) < len(plain.content) / 2


def test_another_version_is_asked_for_again(client: Client) -> None:
    assert client.get("/assets/house.css?v=old").headers["Cache-Control"] == "no-cache"


def test_nothing_else_is_given_out(client: Client) -> None:
    assert client.get("/assets/../settings.py").status_code == 404
    assert client.get("/assets/vendor/htmx.js").status_code == 404
