"""A drawing of lines, areas, bars and words, as SVG or as PNG. Pure.

Two files of a command do not ask for a plotting library of 60 MB: SVG is written as it is, and
Pillow paints the same shapes for PNG.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from typing import Literal

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]
SHARP = 3  # PNG is painted so many times as large, then made smaller: that smooths the edges
_PILLOW_ANCHORS: dict[Anchor, str] = {"start": "ls", "middle": "ms", "end": "rs"}


@dataclass(frozen=True, slots=True)
class Line:
    """Straight pieces through points; `dash` is the length of its dashes, 0 for none."""

    points: Sequence[Point]
    color: str
    width: float = 1.0
    dash: float = 0.0


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon."""

    points: Sequence[Point]
    color: str


@dataclass(frozen=True, slots=True)
class Words:
    """A text whose baseline begins, has its middle or ends at a point."""

    at: Point
    text: str
    size: float
    color: str
    anchor: Anchor = "start"


@dataclass(slots=True)
class Drawing:
    """Shapes on white, the later above the earlier; `title` is what a screen reader says."""

    width: int
    height: int
    title: str
    shapes: list[Line | Area | Words] = field(default_factory=list)

    def svg(self) -> str:
        """As a document of its own."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img" '
            'font-family="system-ui, sans-serif">'
        )
        title = f"<title>{escape(self.title)}</title>"
        paper = f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>'
        return "\n".join([head, title, paper, *map(_svg, self.shapes), "</svg>", ""])

    def png(self) -> bytes:
        """Painted at twice its size, as screens show it."""
        from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 -- only where one is painted

        scale = 2 * SHARP
        paper = Image.new("RGB", (self.width * scale, self.height * scale), "#ffffff")
        pen = ImageDraw.Draw(paper)
        for shape in self.shapes:
            if isinstance(shape, Area):
                pen.polygon(_scaled(shape.points, scale), fill=shape.color)
            elif isinstance(shape, Line):
                for piece in _dashes(shape) if shape.dash else [shape.points]:
                    pen.line(
                        _scaled(piece, scale),
                        shape.color,
                        round(shape.width * scale),
                        joint="curve",
                    )
            else:
                font = ImageFont.load_default(shape.size * scale)
                spot = (shape.at[0] * scale, shape.at[1] * scale)
                anchor = _PILLOW_ANCHORS[shape.anchor]
                pen.text(spot, shape.text, fill=shape.color, font=font, anchor=anchor)
        small = paper.resize((self.width * 2, self.height * 2), Image.Resampling.LANCZOS)
        target = BytesIO()
        small.save(target, "PNG", optimize=True, dpi=(144, 144))
        return target.getvalue()


def _svg(shape: Line | Area | Words) -> str:
    if isinstance(shape, Words):
        x, y = shape.at
        return (
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{shape.size:g}" fill="{shape.color}" '
            f'text-anchor="{shape.anchor}">{escape(shape.text)}</text>'
        )
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
    if isinstance(shape, Area):
        return f'<polygon points="{points}" fill="{shape.color}"/>'
    dash = f' stroke-dasharray="{shape.dash:g}"' if shape.dash else ""
    return (
        f'<polyline points="{points}" fill="none" stroke="{shape.color}" '
        f'stroke-width="{shape.width:g}" stroke-linejoin="round"{dash}/>'
    )


def _scaled(points: Sequence[Point], scale: float) -> list[Point]:
    return [(x * scale, y * scale) for x, y in points]


def _dashes(line: Line) -> list[list[Point]]:
    """The pieces of a dashed line: drawn and left out in turn, along its length."""
    pieces: list[list[Point]] = []
    drawn, left = True, line.dash
    piece = [line.points[0]]
    for (x0, y0), (x1, y1) in zip(line.points, line.points[1:], strict=False):
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        done = 0.0
        while length - done > left:
            done += left
            spot = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length)
            if drawn:
                pieces.append([*piece, spot])
            piece, drawn, left = [spot], not drawn, line.dash
        left -= length - done
        piece.append((x1, y1))
    return [*pieces, piece] if drawn and len(piece) > 1 else pieces
