"""What serving costs: by time, with unused capacity as a line of its own, and the whale curves."""

from django.utils.translation import gettext as _

from amity.base.vocabulary import RelationshipType
from amity.measure.insight.charts import best_first
from amity.measure.insight.showing.shown import Figure, Json, Scene, Sheet, Shown
from amity.ui import charts, formats

COLUMNS = ("interactions", "hours", "timed", "direct", "served", "brought", "contribution")


def show(scene: Scene) -> Shown:
    """The page of cost."""
    body, title = scene.body, _("What does serving cost?")
    lead = _("Minutes of people times what a minute costs, and what each interaction cost besides.")
    if not body["total"]["interactions"]:
        lacking = _(
            "It takes interactions in the log with their minutes or their cost; there is none yet."
        )
        return Shown(title, lead, lacking=lacking)
    return Shown(
        title,
        lead,
        figures=_figures(scene),
        charts=[("cost-types", _by_type(scene)), *_whale_chart(scene)],
        sheets=[
            _types(scene),
            _sheet(scene, "touchpoint"),
            _sheet(scene, "segment"),
            _whales(scene),
        ],
        notes=_notes(scene),
    )


def _figures(scene: Scene) -> list[Figure]:
    body, capacity = scene.body, scene.body["capacity"]
    served = sum(line["served"] for line in body["relationship_type"])
    needs = _("Needs hours on the published canvas and minutes with a cost in the log")
    return [
        Figure(
            _("Cost to serve"),
            scene.money(served),
            _("in 12 months"),
            definition=_(
                "Time-driven: staff minutes times the rate of a practical minute, and"
                " the direct cost of interactions that took nobody's time."
            ),
        ),
        Figure(
            _("Unused capacity"),
            scene.money(capacity["unused"]) if capacity else None,
            grade="C",
            missing="" if capacity else needs,
            definition=_(
                "What the hours on the canvas cost, less what was used of them; it "
                "burdens no customer. Practical capacity is 80 % of the hours (Kaplan"
                " and Anderson 2004); below zero people work over."
            ),
        ),
        Figure(
            _("Capacity used"),
            formats.percent(capacity["used_share"]) if capacity else None,
            _("of %(hours)s practical hours")
            % {"hours": formats.number(round(capacity["practical_hours"]))}
            if capacity
            else "",
            grade="C",
            missing="" if capacity else needs,
            definition=_("Recorded staff hours over 80 % of the hours on the canvas."),
        ),
        Figure(
            _("An hour costs"),
            scene.money(capacity["rate"] * 60) if capacity else None,
            missing="" if capacity else needs,
            definition=_("The recorded cost of an hour, over its practical minutes."),
        ),
    ]


def _type_name(key: str) -> str:
    return RelationshipType(key).short if key else _("No type")


def _by_type(scene: Scene) -> charts.Chart:
    lines = scene.body["relationship_type"]
    capacity = scene.body["capacity"]
    labels = [_type_name(line["key"]) for line in lines]
    people: list[charts.Value] = [line["timed"] for line in lines]
    direct: list[charts.Value] = [line["direct"] for line in lines]
    if capacity and capacity["unused"] > 0:
        labels, people, direct = (
            [*labels, _("Unused capacity")],
            [*people, capacity["unused"]],
            [*direct, 0],
        )
    chart = charts.bars(
        _("Where does the cost arise?"),
        labels,
        {_("Time of people"): people, _("Direct cost"): direct},
        x=_("Relationship type"),
        y=_("Cost"),
        stacked=True,
        horizontal=True,
        currency=scene.row.currency,
        formats=("", "money", "money"),
        note=_("12 months; capacity that nobody used is a line of its own."),
    )
    chart.option["format"] = "money"
    chart.option["yAxis"]["name"] = ""  # the labels say it, and below the axis it lies on them
    return chart


def _row(name: str, line: Json) -> list[object]:
    hours = round(line["staff_seconds"] / 3600, 1)
    rest = [line[column] for column in COLUMNS if column != "hours"]
    return [name, rest[0], hours, *rest[1:]]


def _columns(first: str) -> list[str]:
    return [
        first,
        _("Interactions"),
        _("Hours"),
        _("Time of people"),
        _("Direct cost"),
        _("Cost to serve"),
        _("Orders brought"),
        _("Contribution"),
    ]


FORMATS = ("", "number", "decimal", "money", "money", "money", "money", "money")


def _types(scene: Scene) -> Sheet:
    rows = [_row(_type_name(line["key"]), line) for line in scene.body["relationship_type"]]
    capacity = scene.body["capacity"]
    if capacity:
        idle = round(capacity["practical_hours"] - capacity["used_hours"], 1)
        unused = round(capacity["unused"])
        rows.append([_("Unused capacity"), None, idle, unused, 0, unused, None, None])
    return Sheet(
        "types",
        _("By relationship type"),
        _columns(_("Relationship type")),
        rows,
        FORMATS,
        _(
            "Orders are those that the log tells under the type; contribution is "
            "their net times the margin, less the cost to serve."
        ),
    )


def _sheet(scene: Scene, name: str) -> Sheet:
    is_segment = name == "segment"
    named = scene.segment if is_segment else scene.touchpoint
    return Sheet(
        f"{name}s",
        _("By segment") if is_segment else _("By touchpoint"),
        _columns(_("Segment") if is_segment else _("Touchpoint")),
        [_row(named(line["key"]), line) for line in scene.body[name]],
        FORMATS,
    )


def _whales(scene: Scene) -> Sheet:
    return Sheet(
        "whales",
        _("Who pays for whom, so far"),
        [
            _("Segment"),
            _("Customers"),
            _("Contribution so far"),
            _("At its highest"),
            _("The best fifth brought"),
            _("Cost more than they brought"),
        ],
        [
            [
                _("All") if curve["key"] is None else scene.segment(curve["key"]),
                curve["customers"],
                curve["total"],
                curve["peak"],
                curve["top_fifth"],
                curve["losing"],
            ]
            for curve in scene.body["whales"]
        ],
        ("", "number", "money", "money", "percent", "number"),
        _(
            "Everything up to the day: net spend times the margin, less the "
            "recorded cost of interactions."
        ),
    )


def _whale_chart(scene: Scene) -> list[tuple[str, charts.Chart]]:
    curves = [curve for curve in scene.body["whales"] if (curve["total"] or 0) > 0]
    if not curves:
        return []
    names = [_("All") if curve["key"] is None else scene.segment(curve["key"]) for curve in curves]
    chart = charts.Chart(
        title=_("Who pays for whom, segment by segment?"),
        option={
            "xAxis": best_first(),
            "yAxis": {"type": "value", "name": _("Share of the contribution so far (%)")},
            "series": [
                {
                    "type": "line",
                    "name": name,
                    "showSymbol": False,
                    "endLabel": {"show": False},
                    "data": [
                        [round(100 * share, 1), round(100 * value / curve["total"], 1)]
                        for share, value in zip(curve["share"], curve["cumulative"], strict=True)
                    ],
                }
                for name, curve in zip(names, curves, strict=True)
            ],
            "legend": {"show": len(curves) > 1},
        },
        columns=(_("Segment"), _("Customers"), _("The best fifth brought")),
        rows=[
            (name, curve["customers"], curve["top_fifth"])
            for name, curve in zip(names, curves, strict=True)
        ],
        formats=("", "number", "percent"),
        size="lg",
        note=_("A line above 100 says that the others pay for those at the right end."),
    )
    return [("cost-whales", chart)]


def _notes(scene: Scene) -> list[str]:
    if scene.body["margin"] == 1:
        return [_("All spend counts as contribution here, since no margin is set.")]
    return []
