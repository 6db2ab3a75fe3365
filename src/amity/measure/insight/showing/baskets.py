"""What is bought together."""

from django.utils.translation import gettext as _

from amity.measure.insight.showing.shown import Figure, Json, Scene, Sheet, Shown
from amity.ui import charts, formats

LEVELS = ("product", "category")


def show(scene: Scene) -> Shown:
    """The page of baskets, at the level that was chosen; the first with rules where none was."""
    levels = scene.body["levels"]
    with_rules = [name for name in LEVELS if levels[name]["rules"]]
    chosen = scene.chosen if scene.chosen in LEVELS else next(iter(with_rules), LEVELS[0])
    level = levels[chosen]
    title = _("What do they buy together?")
    lead = _(
        "Baskets of the last 12 months. A rule describes; whether an offer "
        "sells more, only a hold-out tells."
    )
    if not level["rules"]:
        return Shown(title, lead, lacking=_lacking(level), chosen=chosen)
    return Shown(
        title,
        lead,
        figures=_figures(level),
        charts=[("baskets", _chart(level))],
        sheets=[_rules(level)],
        chosen=chosen,
    )


def _lacking(level: Json) -> str:
    words = _(
        "It takes two items that stand together in %(least)s of the orders at"
        " least; of %(baskets)s orders with lines, %(items)s items stand in "
        "as many."
    )
    return words % {
        "least": formats.number(level["least"]),
        "baskets": formats.number(level["baskets"]),
        "items": formats.number(level["items"]),
    }


def _figures(level: Json) -> list[Figure]:
    return [
        Figure(
            _("Baskets"),
            formats.number(level["baskets"]),
            definition=_("Orders with lines that name an item; postage and fees are none."),
        ),
        Figure(
            _("Rules"),
            formats.number(level["found"]),
            definition=_(
                "At least %(least)s baskets have all of it, and one in ten of those "
                "with the condition; up to two items lead to a third. Thresholds are "
                "compared as whole numbers."
            )
            % {"least": formats.number(level["least"])},
        ),
        Figure(
            _("Items looked at"),
            formats.number(level["items"]),
            definition=_("The most bought ones, 400 at most."),
        ),
    ]


def _words(rule: Json) -> str:
    return f"{' + '.join(rule['condition'])} \N{RIGHTWARDS ARROW} {rule['then']}"


def _chart(level: Json) -> charts.Chart:
    rules = level["rules"][:10]
    chart = charts.bars(
        _("What goes together far more often than by chance?"),
        [_words(rule) for rule in rules],
        {
            _("Lift, at least"): [round(rule["lift_low"], 1) for rule in rules],
        },
        x=_("Rule"),
        y=_("Times as often as by chance"),
        horizontal=True,
        size="lg",
        formats=("", "decimal"),
        note=_("The lower bound of the lift, 95 times in 100; 1 is chance."),
    )
    chart.option["yAxis"]["name"] = ""  # the labels say it, and below the axis it lies on them
    return chart


def _rules(level: Json) -> Sheet:
    return Sheet(
        "rules",
        _("Rules, the surest first"),
        [
            _("Who has this, has that"),
            _("Baskets with all"),
            _("With the condition"),
            _("Confidence"),
            _("Support"),
            _("Lift"),
            _("Lift, at least"),
        ],
        [
            [
                _words(rule),
                rule["both"],
                rule["of_condition"],
                rule["confidence"],
                rule["support"],
                rule["lift"],
                rule["lift_low"],
            ]
            for rule in level["rules"]
        ],
        ("", "number", "number", "percent", "percent", "decimal", "decimal"),
        _("The first %(n)s of %(found)s.")
        % {"n": len(level["rules"]), "found": formats.number(level["found"])},
    )
