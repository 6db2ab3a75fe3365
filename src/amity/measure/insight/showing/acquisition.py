"""What winning a customer costs, and when she has paid it back."""

from datetime import date

from babel.dates import format_date
from django.utils.translation import gettext as _

from amity.measure.insight.showing.shown import Figure, Json, Scene, Sheet, Shown
from amity.ui import charts, formats


def show(scene: Scene) -> Shown:
    """The page of acquisition."""
    body, title = scene.body, _("What does winning a customer cost?")
    lead = _(
        "Spend falls on the customers it won, by the delay that was measured "
        "between the first touch and the first order."
    )
    if not body["cohorts"]:
        lacking = _(
            "It takes what you spent, month by month and touchpoint by "
            "touchpoint; nothing is entered for these two years."
        )
        return Shown(title, lead, lacking=lacking, step=(_("Enter spend"), "insight_spend"))
    return Shown(
        title,
        lead,
        figures=_figures(scene),
        charts=_charts(scene),
        sheets=[_cohorts(scene), _touchpoints(scene), _delay(scene)],
        notes=_notes(scene),
    )


def month_name(month: int) -> str:
    """A running month in words."""
    day = date(1970 + month // 12, month % 12 + 1, 1)
    return str(format_date(day, format="MMM yyyy", locale=formats.locale()))


def _grade(body: Json) -> str:
    return "B" if body["delay_measured"] else "D"


def _figures(scene: Scene) -> list[Figure]:
    body = scene.body
    known = [row for row in body["cohorts"] if row["cac"] is not None]
    won = sum(row["customers"] for row in known)
    cost = sum(row["cac"] * row["customers"] for row in known)
    told = [row for row in body["cohorts"] if row["ratio"] is not None]
    latest = told[-1] if told else None
    return [
        Figure(
            _("A new customer costs"),
            scene.money(cost / won) if won else None,
            grade=_grade(body),
            missing="" if won else _("No month whose spend is known far enough back"),
            definition=_(
                "Attributed spend over customers won, over the months of two years "
                "whose spend is known for 95 % of the delay. It is not incremental: "
                "some had come anyway."
            ),
        ),
        Figure(
            _("Paid back after"),
            formats.number(latest["months"]) if latest else None,
            _("times 30 days") if latest else "",
            low=formats.number(latest["earliest"]) if latest else None,
            high=formats.number(latest["latest"]) if latest else None,
            grade=_grade(body),
            missing="" if latest else _("No cohort has surely paid back yet"),
            definition=_(
                "The youngest cohort that has surely paid back, %(month)s: from when "
                "on the contribution of its mean customer covers what winning one "
                "cost."
            )
            % {"month": month_name(latest["month"])}
            if latest
            else "",
        ),
        Figure(
            _("Value to cost"),
            formats.number(round(latest["ratio"], 1), 1) if latest else None,
            grade=_grade(body),
            missing="" if latest else _("Told only for cohorts older than their payback"),
            definition=_(
                "Contribution so far of that cohort over what it cost to win "
                "(LTV:CAC, without forecasts)."
            ),
        ),
    ]


def _charts(scene: Scene) -> list[tuple[str, charts.Chart]]:
    rows = scene.body["cohorts"]
    chart = charts.bars(
        _("What did each month's new customers cost?"),
        [month_name(row["month"]) for row in rows],
        {_("Cost of a customer"): [row["cac"] for row in rows]},
        x=_("Month of the first order"),
        y=_("Cost of a customer"),
        currency=scene.row.currency,
        formats=("", "money"),
        note=_("A month is empty where spend is not known far enough back, or nobody was won."),
    )
    chart.option["format"] = "money"
    return [("cac", chart)]


def _cohorts(scene: Scene) -> Sheet:
    return Sheet(
        "cohorts",
        _("By month of the first order"),
        [
            _("Month"),
            _("Customers won"),
            _("Spend that fell on them"),
            _("Cost of each"),
            _("Contribution of each so far"),
            _("Paid back after (30 days)"),
            _("From"),
            _("To"),
            _("Value to cost"),
        ],
        [
            [
                month_name(row["month"]),
                row["customers"],
                row["spend"],
                row["cac"],
                row["contribution"],
                row["months"],
                row["earliest"],
                row["latest"],
                row["ratio"],
            ]
            for row in scene.body["cohorts"]
        ],
        ("", "number", "money", "money", "money", "number", "number", "number", "decimal"),
        _(
            "Only months between the first and the last with spend entered. Payback needs 30 "
            "customers, all of them older than 30 days, and a cost; value to cost is told only "
            "where the whole interval of the payback was seen."
        ),
    )


def _touchpoints(scene: Scene) -> Sheet:
    return Sheet(
        "touchpoints",
        _("By touchpoint of the first touch"),
        [_("Touchpoint"), _("Spend"), _("Customers won"), _("Cost of each")],
        [
            [scene.touchpoint(row["key"]), row["spend"], row["customers"], row["cac"]]
            for row in scene.body["touchpoints"]
        ],
        ("", "money", "number", "money"),
        _("Customers whose first touch in the log, before their first order, was there."),
    )


def _delay(scene: Scene) -> Sheet:
    return Sheet(
        "delay",
        _("From the first touch to the first order"),
        [_("Months later"), _("Share of the customers")],
        list(enumerate(scene.body["delay"])),
        ("", "percent"),
        "" if scene.body["delay_measured"] else _assumed(scene.body),
    )


def _assumed(body: Json) -> str:
    words = _(
        "Not measured: it needs %(needs)s customers with a touch six months "
        "ago or earlier before their first order; %(n)s have a touch at all. "
        "So all spend is taken to work in its own month (grade D)."
    )
    return words % {"needs": body["needs"], "n": formats.number(body["leads"])}


def _notes(scene: Scene) -> list[str]:
    return [] if scene.body["delay_measured"] else [_assumed(scene.body)]
