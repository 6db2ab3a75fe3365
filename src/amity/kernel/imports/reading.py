"""How a file is read, in a sentence for the person who chose it."""

import codecs
import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amity.kernel.imports.files.batches import TableFile
from amity.kernel.imports.formats.encodings import SPACES
from amity.kernel.imports.settings import ImportSettings

_FORMATS = {"csv": "CSV", "xlsx": "XLSX", "parquet": "Parquet", "vcard": "vCard"}
_OTHERS = {
    "shift_jis": "Shift JIS",
    "euc_jp": "EUC-JP",
    "euc_kr": "EUC-KR",
    "big5": "Big5",
    "koi8-r": "KOI8-R",
    "mac-roman": "Mac Roman",
}


def reading_in_words(file: TableFile, settings: ImportSettings) -> str:
    """The format, encoding, delimiter, headings and decimal sign, as one sentence without an end.

    For example: Read as CSV in Windows-1252, separated by semicolons, headings in row 1, decimal
    comma.
    """
    shape = file.describe()
    parts = [_format(shape), *_delimiter(shape), *_sheet(shape), *_headings(shape)]
    if settings.kind not in {"customers", "products"} and shape["format"] == "csv":
        is_comma = settings.decimal_sign == ","
        parts.append(_("decimal comma") if is_comma else _("decimal point"))
    return _("Read as %(parts)s") % {"parts": ", ".join(parts)}


def _format(shape: Mapping[str, object]) -> str:
    name = _FORMATS[str(shape["format"])]
    encoding = shape.get("encoding")
    if not encoding:
        return name
    return _("%(format)s in %(encoding)s") % {
        "format": name,
        "encoding": encoding_name(str(encoding)),
    }


def encoding_name(encoding: str) -> str:
    """An encoding as people know it: Windows-1252, UTF-8, ISO 8859-15."""
    try:
        known = codecs.lookup(encoding).name
    except LookupError:
        return encoding
    if match := re.fullmatch(r"cp(12\d\d)", known):
        return f"Windows-{match[1]}"
    if match := re.fullmatch(r"cp(\d+)", known):
        return _("code page %(number)s") % {"number": match[1]}
    if match := re.fullmatch(r"iso8859-(\d+)", known):
        return f"ISO 8859-{match[1]}"
    if known.startswith("utf-"):
        return known.removesuffix("-sig").upper()
    return _OTHERS.get(known, known.upper())


def _delimiter(shape: Mapping[str, object]) -> list[str]:
    sign = shape.get("delimiter")
    if not sign:
        return []
    words = {
        ",": _("separated by commas"),
        ";": _("separated by semicolons"),
        "\t": _("separated by tabs"),
        "|": _("separated by vertical bars"),
        SPACES: _("separated by spaces"),
        " ": _("separated by spaces"),
    }
    return [words.get(str(sign)) or _("separated by %(sign)s") % {"sign": sign}]


def _sheet(shape: Mapping[str, object]) -> list[str]:
    sheet = shape.get("sheet")
    return [_("sheet %(name)s") % {"name": sheet}] if sheet else []


def _headings(shape: Mapping[str, object]) -> list[str]:
    if shape.get("format") == "vcard" or "header" not in shape:
        return []
    if not shape["header"]:
        return [_("without headings")]
    skipped = int(str(shape.get("skip_rows") or 0))
    if not skipped:
        return [_("headings in row 1")]
    words = ngettext(
        "headings below a row of titles", "headings below %(n)s rows of titles", skipped
    )
    return [words % {"n": skipped}]
