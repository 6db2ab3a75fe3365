"""`amity user` and `amity token`: who may sign in, and which programs may ask."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from amity.base.results import AmityError
from amity.base.time import now
from amity.base.vocabulary import Role
from amity.cli.output import AsJson, answer
from amity.cli.setup import command_actor, start_django

if TYPE_CHECKING:
    from amity.kernel.access.models import User

users = typer.Typer(help="People who may sign in.", no_args_is_help=True)
tokens = typer.Typer(help="Keys with which programs use the API.", no_args_is_help=True)


class UnknownUserError(AmityError):
    """Nobody has this e-mail address."""


def add(app: typer.Typer) -> None:
    """Puts the commands in place."""
    app.add_typer(users, name="user")
    app.add_typer(tokens, name="token")


@users.command("create")
def create_user(
    email: Annotated[str, typer.Argument(help="The e-mail address that the person signs in with.")],
    name: Annotated[str, typer.Option(help="The person's name; else the address.")] = "",
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.AGENT,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read a password from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a person and print a one-time sign-in link.

    Examples:

        amity user create ada@example.org --name "Ada Okafor" --role owner

        pass show amity | amity user create ben@example.org --role analyst --password-stdin
    """
    start_django()
    from amity.kernel.access import operations

    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    if password is not None:
        _refuse_weak(password)
    user = operations.create_user(
        email=email,
        name=name or email,
        role=role,
        password=password,
        actor=command_actor(),
        at=now(),
    )
    link = sign_in_link(user.email)
    report = {"id": user.pk, "email": user.email, "role": user.role, "sign_in_link": link}
    answer(report, as_json=as_json, text=f"{user.email} may sign in as {user.role}:\n{link}")


@users.command("link")
def link_command(
    email: Annotated[str, typer.Argument(help="The person's e-mail address.")],
    as_json: AsJson = False,
) -> None:
    """Print a new one-time sign-in link for a person.

    Example:

        amity user link ada@example.org
    """
    start_django()
    link = sign_in_link(email)
    answer({"email": email, "sign_in_link": link}, as_json=as_json, text=link)


def sign_in_link(email: str, *, base_url: str = "") -> str:
    """A link that signs the person in once, valid for a day; at the set base URL, or another.

    Raises:
        UnknownUserError: nobody has this address.
    """
    from django.conf import settings
    from sesame.utils import get_query_string

    return f"{base_url or settings.BASE_URL}/sign-in/link{get_query_string(_user(email))}"


def _user(email: str) -> "User":
    from amity.kernel.access.models import User

    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise UnknownUserError(f"Nobody has the address {email}. Add them: amity user create")
    return user


def _refuse_weak(password: str) -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    try:
        validate_password(password)
    except ValidationError as error:
        raise AmityError(" ".join(error.messages)) from error


@tokens.command("create")
def create_token(
    email: Annotated[str, typer.Argument(help="Whose key it is; it can do no more than they may.")],
    name: Annotated[str, typer.Argument(help="What uses it.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, write or a permission such as customers.view; repeatable."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API token; it is shown this once.

    Examples:

        amity token create ada@example.org "nightly export" --scope read

        amity token create ada@example.org shop --scope interactions.record --json
    """
    start_django()
    from amity.kernel.access import operations

    token, secret = operations.create_token(
        user=_user(email),
        name=name,
        scopes=frozenset(scope or ["read"]),
        actor=command_actor(),
        at=now(),
    )
    report = {"id": token.pk, "name": token.name, "scopes": token.scopes, "token": secret}
    answer(report, as_json=as_json, text=secret)
