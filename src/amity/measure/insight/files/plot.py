"""The picture of a valued file: the model beside what happened, week by week and by frequency."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from pathlib import Path

from amity.base.results import AmityError
from amity.base.time import from_day_number
from amity.measure.analytics.backtest import TOP_FREQUENCY, Backtest
from amity.measure.analytics.summary import summarize
from amity.measure.analytics.tracking import Tracking, track
from amity.measure.insight.files.drawings import Area, Drawing, Line, Point, Words
from amity.measure.insight.files.report import ValuedFile

INK, FAINT, GRID = "#1f2937", "#5b6472", "#e2e6ec"
MADE, EXPECTED, UNSEEN = "#1f4e8c", "#c2410c", "#f4f6f9"
WIDTH, HEIGHT, TOP, BOTTOM = 1000, 420, 76, 52
KINDS = (".svg", ".png")


class PlotError(AmityError):
    """A plot that cannot be written where it was asked for."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """A field of the drawing with its own scales, from 0 up."""

    left: float
    right: float
    x_from: float
    x_to: float
    y_to: float

    def at(self, x: float, y: float) -> Point:
        """Where a value stands on the paper."""
        wide, tall = self.right - self.left, HEIGHT - TOP - BOTTOM
        share = (x - self.x_from) / (self.x_to - self.x_from or 1.0)
        return self.left + share * wide, HEIGHT - BOTTOM - y / (self.y_to or 1.0) * tall


def write_plot(found: ValuedFile, path: Path) -> None:
    """Writes the picture as SVG or PNG, by the name of the file.

    Raises:
        PlotError: the name ends otherwise, or the folder cannot be written to.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise PlotError(f"--plot {path.name}: end the name in {' or '.join(KINDS)}.")
    drawing = draw(found)
    try:
        if kind == ".svg":
            path.write_text(drawing.svg(), encoding="utf-8")
        else:
            path.write_bytes(drawing.png())
    except OSError as error:
        raise PlotError(f"--plot: {path} cannot be written: {error.strerror}.") from error


def draw(found: ValuedFile) -> Drawing:
    """The picture: cumulative repeat purchases, and the back-test where there is one."""
    models = found.valuation.models
    held = models.held
    fit = held.fit if held else models.fit
    drawing = Drawing(WIDTH, HEIGHT, f"{fit.model.name} of {found.name}: expected beside made")
    drawing.shapes.append(
        Words((24, 30), f"{found.name}: {fit.asked}, {fit.verdict.value}", 17, INK)
    )
    log, last = found.orders.log, models.summary.as_of
    summary, until = models.summary, last
    if held:
        summary, until = summarize(log, held.result.as_of), held.result.as_of + held.result.days
    tracked = track(log, summary, fit.model, until, season=models.season)
    right = 600 if held else WIDTH - 24
    if len(tracked.day) > 1:
        _cumulative(drawing, tracked, right, held.result.as_of if held else None)
    else:
        drawing.shapes.append(Words((24, 120), "The history is shorter than two weeks.", 14, FAINT))
    if held:
        _by_frequency(drawing, held.result)
    return drawing


def _cumulative(drawing: Drawing, tracked: Tracking, right: float, fitted_to: int | None) -> None:
    days = [float(day) for day in tracked.day.tolist()]
    made, expected = tracked.actual.tolist(), tracked.expected.tolist()
    frame = _Frame(84, right, days[0], days[-1], _round_up(max(*made, *expected, 1.0)))
    drawing.shapes.append(Words((24, 58), "Repeat purchases so far", 13, FAINT))
    if fitted_to is not None and fitted_to < days[-1]:
        unseen = [frame.at(max(fitted_to, days[0]), 0), frame.at(days[-1], 0)]
        unseen += [frame.at(days[-1], frame.y_to), frame.at(max(fitted_to, days[0]), frame.y_to)]
        drawing.shapes.append(Area(unseen, UNSEEN))
        middle = frame.at((max(fitted_to, days[0]) + days[-1]) / 2, frame.y_to)
        drawing.shapes.append(Words((middle[0], middle[1] + 14), "unseen", 11, FAINT, "middle"))
    _y_axis(drawing, frame)
    for share in (0.0, 0.5, 1.0):
        day = days[0] + share * (days[-1] - days[0])
        x, y = frame.at(day, 0)
        words = from_day_number(round(day)).isoformat()
        drawing.shapes.append(Words((x, y + 18), words, 11, FAINT, "middle" if share else "start"))
    drawing.shapes.append(Line([frame.at(*at) for at in zip(days, made, strict=True)], MADE, 2.2))
    drawing.shapes.append(
        Line([frame.at(*at) for at in zip(days, expected, strict=True)], EXPECTED, 2.2, 7.0)
    )
    _legend(drawing, frame.left + 12)


def _by_frequency(drawing: Drawing, held: Backtest) -> None:
    rows = held.by_frequency
    most = max(max(row.actual_mean, row.expected_mean) for row in rows)
    frame = _Frame(672, WIDTH - 24, 0, len(rows), _round_up(max(most, 0.01)))
    drawing.shapes.append(
        Words((640, 58), f"Purchases each in the {held.days} days unseen", 13, FAINT)
    )
    _y_axis(drawing, frame)
    for place, row in enumerate(rows):
        _bar(drawing, frame, (place + 0.12, place + 0.48), row.actual_mean, MADE)
        _bar(drawing, frame, (place + 0.52, place + 0.88), row.expected_mean, EXPECTED)
        words = f"{row.frequency}{'+' if row.frequency == TOP_FREQUENCY else ''}"
        x, y = frame.at(place + 0.5, 0)
        drawing.shapes.append(Words((x, y + 18), words, 11, FAINT, "middle"))
    middle = (frame.left + frame.right) / 2
    drawing.shapes.append(
        Words((middle, HEIGHT - 14), "repeat purchases before", 11, FAINT, "middle")
    )


def _bar(
    drawing: Drawing, frame: _Frame, sides: tuple[float, float], height: float, color: str
) -> None:
    low, high = sides
    corners = [(low, 0.0), (high, 0.0), (high, height), (low, height)]
    drawing.shapes.append(Area([frame.at(*corner) for corner in corners], color))


def _y_axis(drawing: Drawing, frame: _Frame) -> None:
    for value in _steps(frame.y_to):
        left, right = frame.at(frame.x_from, value), frame.at(frame.x_to, value)
        drawing.shapes.append(Line([left, right], GRID if value else FAINT, 1.0))
        words = f"{value:,.0f}" if frame.y_to >= 5 else f"{value:.2g}"
        drawing.shapes.append(Words((left[0] - 8, left[1] + 4), words, 11, FAINT, "end"))


def _legend(drawing: Drawing, left: float) -> None:
    for place, (words, color, dash) in enumerate((("made", MADE, 0), ("expected", EXPECTED, 7))):
        y = TOP + 14 + 18 * place
        drawing.shapes.append(Line([(left, y), (left + 28, y)], color, 2.2, dash))
        drawing.shapes.append(Words((left + 36, y + 4), words, 12, INK))


def _round_up(most: float) -> float:
    """The next of 1, 2, 4, 5, 8 or 10 times a power of ten, so that four steps end evenly."""
    power = 10.0 ** floor(log10(most))
    return next(step * power for step in (1.0, 2.0, 4.0, 5.0, 8.0, 10.0) if step * power >= most)


def _steps(most: float) -> Sequence[float]:
    return [most * step / 4 for step in range(5)]
