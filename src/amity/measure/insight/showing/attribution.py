"""Six descriptions of what customers met before they ordered; none of them is a cause."""

from django.utils.translation import gettext as _

from amity.measure.insight.making.attribution import MODELS
from amity.measure.insight.showing.shown import Figure, Scene, Sheet, Shown
from amity.ui import charts, formats


def show(scene: Scene) -> Shown:
    """The page of attribution."""
    body, title = scene.body, _("What did they meet before they ordered?")
    lead = _(
        "Six ways to share orders among the touchpoints before them, side by "
        "side. They describe; what a touchpoint causes, only a hold-out "
        "tells."
    )
    if not body["conversions"]:
        lacking = _(
            "It takes one order at least with a touch before it, in the log, at a"
            " touchpoint of yours: there are %(nulls)s paths that led to none, "
            "and %(untouched)s orders without a touch."
        )
        return Shown(
            title,
            lead,
            lacking=lacking
            % {
                "nulls": formats.number(int(body["nulls"])),
                "untouched": formats.number(body["untouched"]),
            },
        )
    return Shown(
        title,
        lead,
        figures=_figures(scene),
        charts=[("attribution", _chart(scene))],
        sheets=[_touchpoints(scene), _paths(scene)],
        notes=[_("Each model rewards a touchpoint that meets people who had decided already.")],
    )


def _figures(scene: Scene) -> list[Figure]:
    body = scene.body
    walked = body["conversions"] + body["nulls"]
    return [
        Figure(
            _("Orders after a touch"),
            formats.number(int(body["conversions"])),
            definition=_("Each ends a path: the touches since the order before it."),
        ),
        Figure(
            _("Paths that led to no order"),
            formats.number(int(body["nulls"])),
            _("of %(n)s") % {"n": formats.number(int(walked))},
            definition=_(
                "They end in %(days)s days of silence, or are still under way; they "
                "are kept, since removal says nothing without them."
            )
            % {"days": body["silence_days"]},
        ),
        Figure(
            _("Orders without a touch"),
            formats.number(body["untouched"]),
            definition=_(
                "Nothing at a touchpoint is in the log between them and the order before."
            ),
        ),
    ]


def _model(name: str) -> str:
    return {
        "first": _("First touch"),
        "last": _("Last touch"),
        "linear": _("Linear"),
        "position": _("Position"),
        "markov": _("Markov"),
        "shapley": _("Shapley"),
    }[name]


def _chart(scene: Scene) -> charts.Chart:
    body = scene.body
    return charts.heatmap(
        _("Who gets which share of the orders?"),
        [_model(name) for name in MODELS],
        [scene.touchpoint(row["key"]) for row in body["touchpoints"][:25]],
        [[row[name] / body["conversions"] for name in MODELS] for row in body["touchpoints"][:25]],
        x=_("Model"),
        y=_("Touchpoint"),
        value_format="percent",
        note=_(
            "Share of the orders after a touch. Where the columns differ, the "
            "model decides, not the data."
        ),
    )


def _touchpoints(scene: Scene) -> Sheet:
    return Sheet(
        "touchpoints",
        _("Orders by touchpoint and model"),
        [_("Touchpoint"), *(_model(name) for name in MODELS), _("Removal effect")],
        [
            [scene.touchpoint(row["key"]), *(row[name] for name in MODELS), row["removal"]]
            for row in scene.body["touchpoints"]
        ],
        ("", *("decimal" for _name in MODELS), "percent"),
        _(
            "Position gives 40 % to the first touch, 40 % to the last. The removal "
            "effect is the share of the orders that vanishes from the Markov chain "
            "without the touchpoint."
        ),
    )


def _paths(scene: Scene) -> Sheet:
    return Sheet(
        "paths",
        _("The paths walked most"),
        [_("Path"), _("Orders"), _("No order")],
        [
            [
                " \N{RIGHTWARDS ARROW} ".join(scene.touchpoint(key) for key in row["steps"])
                + (f" +{row['more']}" if row["more"] else ""),
                row["conversions"],
                row["nulls"],
            ]
            for row in scene.body["paths"]
        ],
        ("", "number", "number"),
    )
