from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
URL = "/api/v1/calendars/support"


def put(client: Client, url: str, body: object) -> Any:
    return client.put(url, body, content_type="application/json")


def calendar(**fields: object) -> dict[str, object]:
    return {
        "name": "Support",
        "time_zone": "Europe/Berlin",
        "weekly_hours": {"mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]]},
        "country": "DE",
        **fields,
    }


def test_calendar_is_kept_and_counts_working_time(ada_api: Client, ben_api: Client) -> None:
    made = put(ada_api, URL, calendar(is_default=True))
    put(ada_api, f"{URL}/exceptions/2026-05-05", {"name": "Outing"})
    span = {"start": "2026-05-04T15:00:00Z", "end": "2026-05-12T08:00:00Z"}

    assert made.status_code == 200
    assert ben_api.get(URL).json() == made.json() == ben_api.get("/api/v1/calendars").json()[0]
    assert ben_api.get(f"{URL}/working-time", span).json()["minutes"] == 480 + 60
    later = ben_api.get(f"{URL}/working-time?start={span['start']}&minutes=60").json()
    assert later["end"] == "2026-05-11T08:00:00Z"
    assert ben_api.get(f"{URL}/exceptions").json()[0]["name"] == "Outing"
    assert ada_api.delete(f"{URL}/exceptions/2026-05-05").status_code == 204
    assert ada_api.delete(f"{URL}/exceptions/2026-05-05").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars"},
        {"country": "QQ"},
        {"weekly_hours": {"mon": [["17:00", "09:00"]]}},
        {"weekly_hours": {"funday": []}},
        {"name": ""},
    ],
)
def test_wrong_calendar_is_refused(ada_api: Client, wrong: dict[str, object]) -> None:
    assert put(ada_api, URL, calendar(**wrong)).status_code == 422
    assert ada_api.get(URL).status_code == 404


def test_ben_may_look_alone(ben_api: Client) -> None:
    assert put(ben_api, URL, calendar()).status_code == 403
    assert ben_api.get(URL).status_code == 404
