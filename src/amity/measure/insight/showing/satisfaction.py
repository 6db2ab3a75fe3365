"""What customers answered, with how sure one can be and who stayed silent."""

from django.utils.translation import gettext as _

from amity.measure.insight.showing.shown import Figure, Json, Scene, Sheet, Shown
from amity.ui import charts, formats


def show(scene: Scene) -> Shown:
    """The page of satisfaction."""
    title = _("What do customers say?")
    lead = _(
        "Answers of the last 12 months. The interval holds the true value 95 "
        "times in 100, if the silent think like those who answered."
    )
    measures = scene.body["measures"]
    if not measures:
        return Shown(
            title,
            lead,
            lacking=_(
                "It takes one answer at least; there is none yet. The inbox can ask "
                "after a matter is closed."
            ),
        )
    return Shown(
        title,
        lead,
        figures=[_figure(one) for one in measures],
        charts=[(f"answers-{one['name']}", _answers(one)) for one in measures if one["answers"]],
        sheets=[_sheet(scene, one, line) for one in measures for line in ("segment", "touchpoint")],
        notes=[
            _(
                "A score alone was not shown to predict growth better than plain "
                "satisfaction; read it beside what customers do."
            )
        ],
    )


def _label(name: str) -> str:
    return {
        "nps": _("Would recommend us (NPS)"),
        "csat": _("Satisfied (CSAT)"),
        "ces": _("It was easy (CES)"),
    }[name]


def _definition(name: str) -> str:
    return {
        "nps": _("Share of 9 and 10 less share of 0 to 6, in points from -100 to 100."),
        "csat": _("Share of the answers 1 to 5 that are 4 or 5; Wilson's interval."),
        "ces": _("Mean of the answers 1 to 7 to “it was easy”; Student's interval."),
    }[name]


def _said(name: str, value: float | None) -> str | None:
    if value is None:
        return None
    if name == "csat":
        return formats.percent(value)
    return formats.number(round(value, 1), 1)


def _figure(one: Json) -> Figure:
    name = one["name"]
    silent = ""
    if one["low_if_silent"] is not None:
        low, high = _said(name, one["low_if_silent"]), _said(name, one["high_if_silent"])
        silent = _("%(share)s of %(asked)s answered; had all, it were %(low)s to %(high)s.") % {
            "share": formats.percent(one["response"]),
            "asked": formats.number(one["asked"]),
            "low": low,
            "high": high,
        }
    elif one["asked"] is None:
        silent = _("%(n)s answers; nobody counted who was asked.") % {
            "n": formats.number(one["answers"])
        }
    return Figure(
        _label(name),
        _said(name, one["value"]),
        low=_said(name, one["low"]),
        high=_said(name, one["high"]),
        definition=_definition(name),
        missing=""
        if one["answers"]
        else _("Asked %(n)s times, no answer yet") % {"n": one["asked"] or 0},
        note=silent if one["answers"] else "",
    )


def _answers(one: Json) -> charts.Chart:
    return charts.bars(
        _("How many gave which answer to “%(question)s”?") % {"question": _label(one["name"])},
        [str(answer) for answer, _count in one["answers_by"]],
        {_("Answers"): [count for _answer, count in one["answers_by"]]},
        x=_("Answer"),
        y=_("Answers"),
        formats=("", "number"),
    )


def _sheet(scene: Scene, one: Json, line: str) -> Sheet:
    is_segment = line == "segment"
    named = scene.segment if is_segment else scene.touchpoint
    how = "percent" if one["name"] == "csat" else "decimal"
    heading = _("%(measure)s by segment") if is_segment else _("%(measure)s by touchpoint")
    return Sheet(
        f"{one['name']}-{line}s",
        heading % {"measure": _label(one["name"])},
        [
            _("Segment") if is_segment else _("Touchpoint"),
            _("Answers"),
            _("Asked"),
            _("Answered"),
            _("Score"),
            _("From"),
            _("To"),
            _("Had the silent said the worst"),
            _("the best"),
        ],
        [
            [
                named(row["key"]),
                row["answers"],
                row["asked"],
                row["response"],
                row["value"],
                row["low"],
                row["high"],
                row["low_if_silent"],
                row["high_if_silent"],
            ]
            for row in one[line]
        ],
        ("", "number", "number", "percent", how, how, how, how, how),
    )
