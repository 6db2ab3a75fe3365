"""What `amity value` found, in words for a terminal. Pure: the report in, lines out."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
SHOWN_PROBLEMS = 5


def in_words(told: Json) -> str:
    """The report as paragraphs."""
    parts = (
        _file(told),
        _read(told),
        _model(told),
        _backtest(told),
        _forecast(told),
        _best(told),
        [f"Note: {note}" for note in told["notes"]],
    )
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part)))


def _file(told: Json) -> Iterator[str]:
    file = told["file"]
    shape = [file["format"]]
    if file["encoding"]:
        shape += [file["encoding"], f"delimiter {file['delimiter']!r}"]
    if file["sheet"]:
        shape.append(f"sheet {file['sheet']}")
    if file["header"] is False:
        shape.append("no headings")
    shape += [f"dates {file['date_style']}", f"decimal sign {file['decimal_sign']!r}"]
    yield f"{file['name']}: {', '.join(shape)}."
    for column in file["columns"]:
        yield f"  {column['field']} = {column['column']} ({column['confidence']:.0%} sure)"
    unused = ", ".join(file["unused_columns"][:8])
    if unused:
        yield f"  not used: {unused}"
    yield (
        "  Another column: --customer, --date, --amount, --order or --map field=COLUMN "
        "(its name, or its number from 1)."
    )


def _read(told: Json) -> Iterator[str]:
    read = told["read"]
    yield (
        f"{_count(read['rows'], 'row')}: {_count(read['orders'], 'order')} of "
        f"{_count(read['customers'], 'customer')}, {read['first_day']} to {read['last_day']}; "
        f"{_count(read['returns'], 'return')} and cancellations; "
        f"{_count(read['rejected'], 'row')} rejected."
    )
    if read["net"] is not None:
        yield f"  {_money(told, read['gross'])} sold, {_money(told, read['refunds'])} given back."
    if read["duplicates"]:
        yield (
            f"  {read['duplicates']:,} lines repeat a line of their order exactly; they count "
            "(--drop-duplicates leaves them out)."
        )
    for problem in read["problems"][:SHOWN_PROBLEMS]:
        yield (
            f"  row {problem['row']}: {problem['field'] or 'row'} {problem['value']!r}: "
            f"{problem['reason'].replace('_', ' ')}. {problem['remedy']}"
        )
    if read["rejected"] > SHOWN_PROBLEMS:
        yield "  All of them: --rejects FILE.csv"


def _model(told: Json) -> Iterator[str]:
    base, model = told["base"], told["model"]
    yield (
        f"As of {told['options']['as_of']}: "
        f"{_count(base['customers'], 'customer')}, {base['repeaters']:,} of them came back, "
        f"{_count(base['purchases'], 'repeat purchase')}."
    )
    yield f"{model['asked']}: {model['verdict']}. {model['reason']}"
    yield from _parameters(model, f"per {model['unit']}, {model['model']}")
    yield f"  log-likelihood {model['log_likelihood']:,.4f}"
    spend = told["spend"]
    if spend:
        yield f"Spend: {spend['verdict']}. {spend['reason']}"
        yield from _parameters(spend, f"{spend['model']}, in {told['file']['currency'] or 'units'}")


def _parameters(fit: Json, of: str) -> Iterator[str]:
    yield f"  Parameters ({of}):"
    for name, value in fit["parameters"].items():
        error, bounds = fit["standard_errors"].get(name), fit["intervals"].get(name)
        sure = f"  s.e. {error:.3g}" if error is not None else ""
        if bounds:
            sure += f"  95 % {bounds[0]:.4g} to {bounds[1]:.4g}"
        yield f"    {name:<7}{value:<10.6g}{sure}".rstrip()


def _backtest(told: Json) -> Iterator[str]:
    held = told["backtest"]
    if held is None:
        yield "Back-test: none, since the history is too short to hold a part of it out."
        return
    error = "" if held["error"] is None else f", {held['error']:+.1%}"
    yield (
        f"Back-test: fitted to {held['fitted_to']}, then {held['days']} days unseen: "
        f"{held['forecast']:,.1f} purchases expected ({held['low']:,.0f} to {held['high']:,.0f}), "
        f"{held['actual']:,} made{error}."
    )
    if held["in_words"]:
        yield f"  {held['in_words']}"


def _forecast(told: Json) -> Iterator[str]:
    ahead, options = told["forecast"], told["options"]
    buys = ahead["purchases"]
    yield (
        f"Next {ahead['months']} months: {buys['expected']:,.0f} purchases{_range(buys)}, and "
        f"{ahead['alive']:,.0f} of {told['base']['customers']:,} are still customers."
    )
    if told["habits"]["used"]:
        yield f"  By {ahead['model']}, which knows habits and missed the hold-out by less."
    value = ahead["value"]
    if value["expected"] is None:
        yield "  No value: the file has no amounts."
        return
    yield (
        f"  Worth {_money(told, value['expected'])}{_range(value)}, discounted at "
        f"{options['discount']:.0%} a year, margin {options['margin']:.0%} "
        "(--months, --discount, --margin)."
    )


def _range(three: Json) -> str:
    if three["low"] is None:
        return ""
    return f" (95 %: {three['low']:,.0f} to {three['high']:,.0f})"


def _best(told: Json) -> Iterator[str]:
    if not told["customers"]:
        return
    yield f"The best {_count(len(told['customers']), 'customer')}:"
    yield f"  {'customer':<24}{'bought':>7}{'last':>12}{'alive':>7}{'to come':>9}{'worth':>12}"
    for row in told["customers"]:
        worth = "" if row["clv"] is None else f"{row['clv']:,.2f}"
        yield (
            f"  {row['customer'][:23]:<24}{row['purchases']:>7,}{row['last_purchase_on']:>12}"
            f"{row['p_alive']:>7.0%}{row['expected_purchases']:>9.2f}{worth:>12}"
        )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _money(told: Json, amount: float) -> str:
    return f"{amount:,.2f} {told['file']['currency']}".strip()
