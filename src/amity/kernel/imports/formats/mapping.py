"""Which column is which field: by name, by content, by preset. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amity.kernel.imports.formats.currencies import currency_of_cells, currency_of_name
from amity.kernel.imports.formats.dates import DateGuess, DateStyle, guess_date_style
from amity.kernel.imports.formats.fields import Content, Field, is_minor_name, without_unit
from amity.kernel.imports.formats.kinds import fields_of
from amity.kernel.imports.formats.numbers import guess_decimal_sign, is_null, parse_number
from amity.kernel.imports.formats.presets import find_preset


@dataclass(frozen=True, slots=True)
class Sample:
    """A column's name and some of its cells as text; `content` where the file is typed."""

    name: str
    cells: tuple[str, ...]
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """The proposed mapping, how sure each part is (0..1), and how the values are written."""

    mapping: dict[str, str]
    confidence: dict[str, float]
    preset: str = ""
    decimal_sign: str = "."
    decimal_certain: bool = False
    date_style: str = DateStyle.YEAR_FIRST.value
    date_certain: bool = False
    amounts_in_minor: bool = False
    currency: str = ""  # that the amounts' columns tell; empty where they tell none or several


def propose(
    kind: str,
    samples: Sequence[Sample],
    *,
    has_header: bool,
    semicolons: bool,
    currency: str = "",
) -> Proposal:
    """The mapping of the columns to the fields of `kind`; the person may change every part.

    `currency` is the company's, which settles whose dollars are meant.
    """
    names = [sample.name for sample in samples]
    preset = find_preset(kind, names)
    if preset:
        mapping = preset.mapping_for(names)
        confidence = dict.fromkeys(mapping, 1.0)
    elif has_header:
        mapping, confidence = _by_name(fields_of(kind), samples)
    else:
        mapping, confidence = _by_content(kind, samples)
    return _with_styles(
        kind,
        samples,
        mapping,
        confidence=confidence,
        preset=preset.name if preset else "",
        semicolons=semicolons,
        currency=currency,
    )


def styles_for(
    kind: str,
    samples: Sequence[Sample],
    mapping: Mapping[str, str],
    *,
    semicolons: bool,
    currency: str = "",
) -> Proposal:
    """How the values of an already decided mapping are written."""
    return _with_styles(
        kind,
        samples,
        dict(mapping),
        confidence=dict.fromkeys(mapping, 1.0),
        semicolons=semicolons,
        currency=currency,
    )


def _with_styles(
    kind: str,
    samples: Sequence[Sample],
    mapping: dict[str, str],
    *,
    confidence: dict[str, float],
    semicolons: bool,
    currency: str,
    preset: str = "",
) -> Proposal:
    contents = {f.name: f.content for f in fields_of(kind)}
    cells = {sample.name: sample.cells for sample in samples}
    numbers = [
        cell
        for name, column in mapping.items()
        if contents.get(name) in {Content.NUMBER, Content.AMOUNT}
        for cell in cells[column]
        if not is_null(cell)
    ]
    signs = guess_decimal_sign(numbers)
    dates = _dates(
        cells.get(mapping.get("date", ""), ()), day_first=semicolons or signs.sign == ","
    )
    amounts = [column for name, column in mapping.items() if contents.get(name) is Content.AMOUNT]
    return Proposal(
        mapping=mapping,
        confidence=confidence,
        preset=preset,
        decimal_sign=signs.sign if signs.certain else ("," if semicolons else "."),
        decimal_certain=signs.certain,
        date_style=dates.style.value,
        date_certain=dates.certain,
        amounts_in_minor=bool(amounts) and all(is_minor_name(column) for column in amounts),
        currency=_currency({column: cells[column] for column in amounts}, currency),
    )


def _currency(amounts: Mapping[str, Sequence[str]], own: str) -> str:
    """The one currency that the names of the amounts' columns tell, else the one of their cells."""
    named = {currency_of_name(column, own=own) for column in amounts} - {""}
    told = named or {currency_of_cells(cells[:200], own=own) for cells in amounts.values()} - {""}
    return told.pop() if len(told) == 1 else ""


def _dates(cells: Sequence[str], *, day_first: bool) -> DateGuess:
    return guess_date_style(
        [cell for cell in cells if not is_null(cell)], prefers_day_first=day_first
    )


def _by_name(
    fields: Sequence[Field], samples: Sequence[Sample]
) -> tuple[dict[str, str], dict[str, float]]:
    """The best pairs of field and column, the surest first; each column is used once."""
    pairs = sorted(
        (
            (-score, position, place, f.name, sample.name)
            for place, f in enumerate(fields)
            for position, sample in enumerate(samples)
            if (score := _score(f, sample)) > 0
        )
    )
    mapping: dict[str, str] = {}
    confidence: dict[str, float] = {}
    for score, _, _, field_name, column in pairs:
        if field_name not in mapping and column not in mapping.values():
            mapping[field_name] = column
            confidence[field_name] = round(-score, 2)
    return mapping, confidence


def _score(f: Field, sample: Sample) -> float:
    words = without_unit(sample.name)
    squeezed = words.replace(" ", "")
    score = 0.0
    for rank, synonym in enumerate(f.synonyms):
        if words == synonym or squeezed == synonym.replace(" ", ""):
            score = 1.0 - 0.3 * rank / len(f.synonyms)
            break
        telling = len(synonym) > 4 or synonym == "date"
        if telling and f" {synonym} " in f" {words} ":
            score = max(score, 0.55 - 0.2 * rank / len(f.synonyms))
    return score * _plausibility(f, sample) if score else 0.0


def _plausibility(f: Field, sample: Sample) -> float:
    """1 where the cells may be of this field; 0 where they cannot."""
    cells = [cell for cell in sample.cells if not is_null(cell)]
    if not cells:
        return 0.9
    if f.content in {Content.NUMBER, Content.AMOUNT}:
        if sample.content is Content.DATE:
            return 0.0
        share = max(_share_of_numbers(cells, "."), _share_of_numbers(cells, ","))
        return 1.0 if share > 0.9 else share * 0.5 if share > 0.5 else 0.0
    if f.content is Content.DATE:
        if sample.content is Content.DATE:
            return 1.0
        share = guess_date_style(cells[:200]).share
        return 1.0 if share > 0.8 else share * 0.5 if share > 0.3 else 0.0
    return 1.0


def _share_of_numbers(cells: Sequence[str], sign: str) -> float:
    return sum(parse_number(cell, sign) is not None for cell in cells) / len(cells)


def _by_content(kind: str, samples: Sequence[Sample]) -> tuple[dict[str, str], dict[str, float]]:
    """Orders without a header: the date by its form, amounts by their cents, then what is left."""
    if kind != "orders":
        return {}, {}
    rest = list(samples)
    mapping: dict[str, str] = {}
    dates = [sample for sample in rest if _is_date_column(sample)]
    _take(mapping, rest, "date", dates)
    _take(mapping, rest, "amount", [s for s in reversed(rest) if _has_cents(s)])
    _take(mapping, rest, "customer", [s for s in rest if _is_key(s)])
    _take(mapping, rest, "order", [s for s in rest if _is_order(s, samples, mapping)])
    _take(mapping, rest, "quantity", [s for s in reversed(rest) if _is_small_whole(s)])
    return mapping, dict.fromkeys(mapping, 0.5)


def _take(
    mapping: dict[str, str], rest: list[Sample], name: str, candidates: Sequence[Sample]
) -> None:
    if candidates:
        mapping[name] = candidates[0].name
        rest.remove(candidates[0])


def _is_date_column(sample: Sample) -> bool:
    if sample.content is Content.DATE:
        return True
    cells = [cell for cell in sample.cells if not is_null(cell)]
    guess = guess_date_style(cells[:200])
    loose = guess.style in {DateStyle.EXCEL, DateStyle.SECONDS, DateStyle.MILLISECONDS}
    return bool(cells) and guess.share > 0.95 and not loose


def _has_cents(sample: Sample) -> bool:
    cells = [cell for cell in sample.cells if not is_null(cell)]
    sign = guess_decimal_sign(cells).sign
    values = [parse_number(cell, sign) for cell in cells]
    known = [value for value in values if value is not None]
    return bool(cells) and len(known) == len(cells) and any(v % 1_000_000 for v in known)


def _is_key(sample: Sample) -> bool:
    cells = [cell for cell in sample.cells if cell.strip()]
    return len(set(cells)) > 1


def _is_order(sample: Sample, samples: Sequence[Sample], mapping: Mapping[str, str]) -> bool:
    """Each value belongs to one customer and one day, and a customer has more than one."""
    columns = {s.name: s.cells for s in samples}
    if "customer" not in mapping or "date" not in mapping or not _is_key(sample):
        return False
    owners: dict[str, tuple[str, str]] = {}
    customers = columns[mapping["customer"]]
    for value, *owner in zip(sample.cells, customers, columns[mapping["date"]], strict=True):
        if owners.setdefault(value, (owner[0], owner[1])) != (owner[0], owner[1]):
            return False
    return len(owners) > max(10, len(set(customers)))


def _is_small_whole(sample: Sample) -> bool:
    cells = [cell for cell in sample.cells if not is_null(cell)]
    values = [parse_number(cell, ".") for cell in cells]
    return bool(cells) and all(
        v is not None and v % 1_000_000 == 0 and abs(v) <= 100_000 * 1_000_000 for v in values
    )
