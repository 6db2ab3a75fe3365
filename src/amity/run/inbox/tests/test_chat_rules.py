import pytest

from amity.run.inbox.rules.chat import (
    Claim,
    clean_accent,
    clean_origins,
    contrast,
    ink_on,
    is_signed,
    signature_of,
    usual_wait,
)
from amity.run.inbox.rules.chat_letters import letter_of
from amity.run.inbox.rules.working import InboxError


def test_origins_are_written_as_browsers_send_them() -> None:
    assert clean_origins("https://Shop.example/\nhttp://127.0.0.1:8080 https://a.example:443") == (
        "https://shop.example",
        "http://127.0.0.1:8080",
        "https://a.example",
    )


@pytest.mark.parametrize(
    "text",
    ["*", "https://*.example", "shop.example", "https://a.example/path", "javascript:alert(1)",
     "https://me@a.example", "null", "https://a.example:99999"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(InboxError, match="no address of a site"):
        clean_origins(text)


def test_a_color_too_pale_to_see_is_refused() -> None:
    with pytest.raises(InboxError, match="too pale"):
        clean_accent("#ffe680")
    with pytest.raises(InboxError, match="written like"):
        clean_accent("red; background: url(x)")
    assert clean_accent(" #2F4079 ") == "#2f4079"


@pytest.mark.parametrize("color", ["#2f4079", "#808080", "#000000", "#b3261e", "#8a5a00"])
def test_words_on_the_color_can_be_read(color: str) -> None:
    assert contrast(color, ink_on(color)) >= 4.5


def test_only_the_holder_of_the_secret_signs() -> None:
    signature = signature_of("secret", "id:42")

    assert is_signed(Claim(user_id="42", signature=signature), "secret")
    assert is_signed(Claim(user_id="42", email="x@y.example", signature=signature), "secret")
    assert not is_signed(Claim(user_id="43", signature=signature), "secret")
    assert not is_signed(Claim(user_id="42", signature=signature_of("", "id:42")), "")
    assert not is_signed(Claim(signature=signature_of("secret", "")), "secret")
    assert not is_signed(Claim(user_id="42", signature="é"), "secret")


def test_a_user_named_like_an_address_is_not_its_owner() -> None:
    signature = signature_of("secret", "id:mia@customer.example")

    assert not is_signed(Claim(email="mia@customer.example", signature=signature), "secret")


def test_a_wait_is_told_only_from_enough_answers() -> None:
    assert usual_wait([30.0] * 19).seconds is None
    assert usual_wait([30.0] * 20).seconds == 30.0


def test_what_was_never_answered_counts_as_long() -> None:
    assert usual_wait([10.0] * 11 + [None] * 9).seconds == 10.0
    assert usual_wait([10.0] * 9 + [None] * 11).seconds is None


def test_a_letter_holds_our_answers_and_the_way_on() -> None:
    assert letter_of(["Yes."], can_answer=True) == (
        "You left before this answer came:\n\nYes.\n\n"
        "Answer this mail to go on, or open the chat on our site again."
    )
