"""Copies the browser parts that Amity ships from a node_modules folder into the source tree.

Only needed when one of them is upgraded; docs/developing/ui.md tells the steps. It trims Tabler to
the families that the pages use (its navigation bars, dialogs and color scales are not), joins the
chosen icons into one sprite, and strips the source map comments, which the static file storage
would otherwise follow.

Usage: python tools/vendor_ui.py NODE_MODULES
"""

import gzip
import re
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "src/amity/ui/static/amity/vendor"

DROPPED = re.compile(
    r"\.(navbar|offcanvas|modal|carousel|accordion|toast|popover|tooltip|ribbon|steps?-|steps?\b|otp"
    r"|signal|calendar|vc-|grid-|sparkline|sortable|column-|object-|legend|markdown|switch-icon|io-"
    r"|ts-|jvm|apexcharts|litepicker|dropzone|tinymce|tox|plyr|noUi|fslightbox|flag|payment|social"
    r"|avatar|page-|page\b|layout-|bs-|dropdown|pagination|breadcrumb|timeline|chart|chat|hr-text"
    r"|strength|tag\b|tags|empty|status|divide|cover|card-cover|card-img|card-stamp|stars|rating|hover-"
    r"|tracking|tour|settings|demo|fade|collaps|placeholder|datagrid|dimmer|loader|img-|nav-segmented"
    r"|form-floating|form-imagecheck|form-colorinput|form-selectgroup|form-fieldset|cursor-|kanban"
    r"|scrollable|space-|subheader|toolbar|trending|vr\b|ratio|sticky|theme|focus-ring|icon-link"
    r"|link-(?!primary)|btn-(?:outline|ghost)|nav-bordered|nav-pills|nav-fill|nav-just"
    r"|offset|[gm][ser]-n|m[tbxy]?-n|btn-(?:icon|pill|square|loading|action|animate|actions|floating)"
    r"|user-select|translate|z-|antialiased|form-help|form-footer|selectgroup|photo|list-group-h"
    r"|list-group-item-|table-(?:mobile|transparent|nowrap|selectable|sort|striped-c|primary|secondary"
    r"|success|info|warning|danger|light|dark)|font-|shadow|border-[a-z]+-(?:wide)|pe-|alert-(?!link)"
    r"|text-bg|badge|prose|mention|progressbg|bg-pattern|bg-gradient|signature|spinner|float|card-(?:rot|gradient|stamp|note|code|avatar|chart|tabs|progress|cover|link|active|inactive|borderless|stacked|table|group)"
    r"|[\w-]+-xx?l\b|row-cols|g[xy]?-(?:sm|md|lg))|\[data-vc|@supports"
)
HUES = re.compile(
    r"-(blue|azure|indigo|purple|pink|red|orange|yellow|lime|green|teal|cyan|black|white|gray-\d+"
    r"|x|facebook|twitter|linkedin|google|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss"
    r"|flickr|bitbucket|tabler|light|dark|gray|\d00)(-lt|-fg|-overlay|-subtle)?\b|-(lt|fg|subtle)\b"
)
DARK = re.compile(r"\[data-(?:bs-)?theme(?:=|-)")
DROPPED_AT = ("@keyframes", "@-webkit-keyframes", "@font-face")


def blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """The (prelude, body) pairs of one level of a minified sheet; a statement has no body."""
    at = 0
    while at < len(css):
        brace, semicolon = css.find("{", at), css.find(";", at)
        if brace == -1:
            return
        if -1 < semicolon < brace:
            yield css[at:semicolon], None
            at = semicolon + 1
            continue
        depth, end = 1, brace + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield css[at:brace], css[brace + 1 : end - 1]
        at = end


def selectors(prelude: str) -> list[str]:
    """The selectors of a rule, split at the commas that stand outside brackets."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(prelude):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(prelude[start:index])
            start = index + 1
    return [*parts, prelude[start:]]


def trim(css: str) -> str:
    """The style sheet without the families that no page uses."""
    kept = []
    for prelude, body in blocks(css):
        if body is None or prelude.startswith(DROPPED_AT):
            continue
        if prelude.startswith("@"):
            inner = trim(body)
            kept.append(f"{prelude}{{{inner}}}" if inner else "")
            continue
        good = [
            one
            for one in selectors(prelude)
            if not DROPPED.search(one) and not HUES.search(one) and not DARK.search(one)
        ]
        if good and body:
            kept.append(f"{','.join(good)}{{{body}}}")
    return "".join(kept)


def unused_properties(css: str) -> str:
    """The style sheet without the custom properties that nothing in it reads."""
    while True:
        read = set(re.findall(r"var\((--[\w-]+)", css))
        dead = {name for name in re.findall(r"[{;](--tblr-[\w-]+):", css) if name not in read}
        if not dead:
            return css
        for name in dead:
            css = re.sub(rf"(?<=[{{;]){name}:(?:\"[^\"]*\"|[^;}}])*;?", "", css)


def tabler(modules: Path) -> None:
    css = (modules / "@tabler/core/dist/css/tabler.min.css").read_text()
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = css.removeprefix('@charset "UTF-8";')
    head = "/* Tabler core 1.6.1, MIT licence, trimmed by tools/vendor_ui.py */\n"
    (TARGET / "tabler.css").write_text(head + unused_properties(trim(css)) + "\n")


def icons(modules: Path) -> None:
    symbols = []
    for name in (HERE / "icons.txt").read_text().split():
        svg = (modules / f"@tabler/icons/icons/outline/{name}.svg").read_text()
        shapes = re.sub(r"\s+", " ", svg[svg.index(">") + 1 : svg.rindex("</svg>")])
        shapes = shapes.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
        shapes = re.sub(r"\s*(/?>)\s*", r"\1", shapes).strip()
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
            f' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
        )
    head = '<svg xmlns="http://www.w3.org/2000/svg"><!-- Tabler Icons 3.51.0, MIT licence -->\n'
    (TARGET / "icons.svg").write_text(head + "\n".join(symbols) + "\n</svg>\n")


def script(source: Path, name: str, head: str) -> None:
    text = re.sub(r"//# sourceMappingURL=.*", "", source.read_text()).rstrip()
    (TARGET / name).write_text(f"/* {head} */\n{text}\n")


def compress() -> None:
    """Siblings that the server sends instead where the browser takes gzip."""
    for file in sorted(TARGET.iterdir()):
        if file.suffix in {".css", ".js", ".svg"}:
            packed = gzip.compress(file.read_bytes(), 9, mtime=0)
            file.with_name(f"{file.name}.gz").write_bytes(packed)


if __name__ == "__main__":
    node_modules = Path(sys.argv[1])
    TARGET.mkdir(parents=True, exist_ok=True)
    tabler(node_modules)
    icons(node_modules)
    script(node_modules / "htmx.org/dist/htmx.min.js", "htmx.js", "htmx 4.0.1, 0BSD licence")
    script(node_modules / "../echarts.bundle.js", "echarts.js", "Apache ECharts 6.1.0, Apache-2.0")
    compress()
