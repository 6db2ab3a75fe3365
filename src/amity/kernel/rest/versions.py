"""ETag and If-Match: nobody overwrites what they have not seen."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags, quote_etag

from amity.kernel.rest.problems import ProblemError


def etag(version: int | str) -> str:
    """The strong entity tag of a version."""
    return quote_etag(f"v{version}")


def put_etag(response: HttpResponse, version: int | str) -> None:
    """Says which version the response shows."""
    response["ETag"] = etag(version)


def not_modified(request: HttpRequest, version: int | str) -> HttpResponse | None:
    """304 where the caller has this version already (If-None-Match), else None."""
    given = parse_etags(request.headers.get("If-None-Match", ""))
    if etag(version) in [tag.removeprefix("W/") for tag in given] or given == ["*"]:
        return HttpResponse(status=304, headers={"ETag": etag(version)})
    return None


def expected_version(request: HttpRequest) -> int | None:
    """The version that the caller read, from If-Match; None for `*` (any version).

    Raises:
        ProblemError: 428 where the header is missing, 412 where it names no version of ours.
    """
    header = request.headers.get("If-Match")
    if header is None:
        raise ProblemError(
            428, "Send If-Match with the ETag that you read, so that no change is lost."
        )
    tags = parse_etags(header)
    if tags == ["*"]:
        return None
    for tag in tags:
        digits = tag.strip('"').removeprefix("v")
        if len(tags) == 1 and tag.startswith('"v') and digits.isdecimal() and len(digits) < 10:
            return int(digits)
    raise ProblemError(412, "If-Match names no version of this. Load it again.")
