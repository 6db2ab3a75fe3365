"""/metrics: what a Prometheus asks for, in its text format."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from secrets import compare_digest

from django.conf import settings
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse

from amity import __version__
from amity.base.time import now
from amity.kernel.access.doors import public
from amity.kernel.customers.models import Customer
from amity.kernel.interactions.models import Interaction
from amity.kernel.jobs.models import Job
from amity.kernel.messaging.models import OutboxMessage

BUCKETS = (0.05, 0.1, 0.3, 1.0, 3.0, 10.0)  # seconds
OWN_MACHINE = ("127.0.0.1", "::1")
PROXIED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")

_lock = threading.Lock()
_requests: Counter[tuple[str, str]] = Counter()  # by method and class of status
_slower: Counter[float] = Counter()  # requests by bucket
_seconds = [0.0]


class CountRequests:
    """Middleware: counts requests and their time, in this process."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = self.get_response(request)
        passed = time.monotonic() - started
        method = request.method if request.method in ("GET", "POST") else "other"
        with _lock:
            _requests[(method, f"{response.status_code // 100}xx")] += 1
            _seconds[0] += passed
            for bucket in BUCKETS:
                if passed <= bucket:
                    _slower[bucket] += 1
        return response


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for the bearer of the metrics token; without one, for this machine alone."""
    if not _may_ask(request):
        return HttpResponse("Send the metrics token.\n", status=403, content_type="text/plain")
    text = "\n".join((*_of_process(), *_of_house(), ""))
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_ask(request: HttpRequest) -> bool:
    wanted = settings.METRICS_TOKEN
    if wanted:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return compare_digest(given.encode(), wanted.encode())
    is_forwarded = any(request.headers.get(name) for name in PROXIED)
    return not is_forwarded and request.META.get("REMOTE_ADDR") in OWN_MACHINE


def _of_process() -> Iterator[str]:
    process = os.getpid()
    with _lock:
        requests, slower, seconds = dict(_requests), dict(_slower), _seconds[0]
    yield f'amity_info{{version="{__version__}"}} 1'
    yield "# TYPE amity_http_requests_total counter"
    for (method, status), count in sorted(requests.items()):
        labels = f'process="{process}",method="{method}",status="{status}"'
        yield f"amity_http_requests_total{{{labels}}} {count}"
    total = sum(requests.values())
    yield "# TYPE amity_http_request_seconds histogram"
    for bucket in BUCKETS:
        labels = f'process="{process}",le="{bucket}"'
        yield f"amity_http_request_seconds_bucket{{{labels}}} {slower.get(bucket, 0)}"
    yield f'amity_http_request_seconds_bucket{{process="{process}",le="+Inf"}} {total}'
    yield f'amity_http_request_seconds_sum{{process="{process}"}} {seconds:.6f}'
    yield f'amity_http_request_seconds_count{{process="{process}"}} {total}'


def _of_house() -> Iterator[str]:
    """Figures of the database; each costs an index look-up, not a scan of the log."""
    yield "# TYPE amity_jobs gauge"
    open_jobs = Job.objects.filter(status__in=["ready", "running"])
    yield from _by_status("amity_jobs", dict(open_jobs.values_list("status").annotate(Count("pk"))))
    oldest = Job.objects.filter(status="ready", run_at__lte=now()).aggregate(at=Min("run_at"))["at"]
    waiting = (now() - oldest).total_seconds() if oldest else 0
    yield "# TYPE amity_oldest_job_seconds gauge"
    yield f"amity_oldest_job_seconds {waiting:.0f}"
    yield "# TYPE amity_mails gauge"
    mails = OutboxMessage.objects.exclude(status="sent")
    yield from _by_status("amity_mails", dict(mails.values_list("status").annotate(Count("pk"))))
    yield "# TYPE amity_last_customer counter"
    yield f"amity_last_customer {Customer.objects.aggregate(pk=Max('pk'))['pk'] or 0}"
    yield "# TYPE amity_last_interaction counter"
    yield f"amity_last_interaction {Interaction.objects.aggregate(pk=Max('pk'))['pk'] or 0}"


def _by_status(name: str, counts: dict[str, int]) -> Iterator[str]:
    for status, count in sorted(counts.items()):
        yield f'{name}{{status="{status}"}} {count}'
