"""Where a customer answers the one question; public, since the link itself is the proof."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from amity.base.time import now
from amity.kernel.access.doors import public
from amity.kernel.access.operations import company
from amity.run.inbox.operations.ratings import rate, rating_of
from amity.run.inbox.rules.rating import SCORES


@public
def rating(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the question with the score of the link chosen; only a POST counts.

    Mail scanners follow every link: they see the question and vote for nothing.
    """
    found = rating_of(token)
    if request.method == "POST":
        score = request.POST.get("score", "")
        comment = request.POST.get("comment", "")
        found = rate(
            token,
            score=int(score) if score in {"1", "2", "3", "4", "5"} else 0,
            comment=comment,
            at=now(),
        )
    asked = request.GET.get("score", "") if request.method == "GET" else ""
    given = {
        "rating": found,
        "is_thanked": request.method == "POST",
        "scores": SCORES,
        "chosen": int(asked) if asked in {"1", "2", "3", "4", "5"} else found.score,
        "company_name": company().name,
    }
    response = render(request, "inbox/rating.html", given)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "same-origin"
    return response
