from dataclasses import replace

from amity.kernel.touchpoints.rules import (
    TouchpointFields,
    errors_of,
    free_key,
    key_of,
    warnings_of,
)

SHOP = TouchpointFields(
    key="web-shop",
    name="Web shop",
    channel="web",
    stages=("transact",),
    relationship_types=("self_service",),
)


def test_a_key_is_made_of_a_name_and_numbered_when_taken() -> None:
    assert key_of("Café Zürich (EU)") == "cafe-zurich-eu"
    assert key_of("???") == "touchpoint"
    assert free_key("Web shop", {"web-shop", "web-shop-2"}) == "web-shop-3"


def test_a_complete_touchpoint_has_no_errors() -> None:
    assert errors_of(SHOP) == {}


def test_each_wrong_field_gets_its_own_sentence() -> None:
    wrong = replace(
        SHOP, key="Web Shop", name=" ", owner="partner", stages=("dream",), unit_cost_minor=-1
    )

    errors = errors_of(wrong)

    assert sorted(errors) == ["key", "name", "partner_name", "stages", "unit_cost_minor"]
    assert errors["partner_name"] == "Name the partner it is run with."


def test_the_fourth_touchpoint_of_a_stage_is_asked_for_a_reason() -> None:
    enough = {"transact": ["Market", "Phone", "Shop"]}

    assert warnings_of(SHOP, {"transact": ["Market", "Phone"]}) == []
    (warned,) = warnings_of(SHOP, enough)
    assert warned.field == "stages"
    assert "already has 3 touchpoints (Market, Phone, Shop)" in warned.message
    assert warnings_of(replace(SHOP, status="planned"), enough) == []


def test_an_unwatched_review_site_and_a_touchpoint_without_a_type_are_mentioned() -> None:
    reviews = replace(SHOP, control="indirect", relationship_types=())

    assert [w.field for w in warnings_of(reviews, {})] == ["is_monitored"]
    assert [w.field for w in warnings_of(replace(SHOP, relationship_types=()), {})] == [
        "relationship_types"
    ]
