"""Names of countries as ISO 3166 codes. Pure."""

from functools import cache

from babel import Locale

from amity.base.text import fold

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
_OTHERS = {
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "great britain": "GB",
    "usa": "US",
    "u.s.": "US",
    "united states of america": "US",
    "eire": "IE",
    "rsa": "ZA",
    "holland": "NL",
    "korea": "KR",
    "uae": "AE",
    "czech republic": "CZ",
}


@cache
def _codes() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in reversed(_LANGUAGES):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                names[fold(name)] = code
                names[code.lower()] = code
    return names | _OTHERS


def country_code(name: str) -> str:
    """The two letters of a country by name or code; empty where it is not known."""
    return _codes().get(fold(name.strip()), "") if name.strip() else ""
