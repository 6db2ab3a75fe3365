"""The same invented people for every product: a name, an e-mail address, a phone number."""

from collections.abc import Iterator
from random import Random

FIRST = (
    "Ada Ben Cleo Dario Elif Farid Greta Hugo Ines Jonas Kaja Luca Mira Nils Olga Pablo Quinn Rosa "
    "Samir Tilda Umut Vera Wim Xenia Yara Zoe"
).split()
LAST_BEGIN = (
    "Al Ber Cor Dan El Fer Gar Hol Iva Jan Kol Lind Mar Nor Olm Pet Ros Sal Tor Wes".split()
)
LAST_END = (
    "bach berg dahl er es feld ini itz ler mann nen ov quist sen son stad strom ton vic".split()
)


def people(count: int) -> Iterator[tuple[str, str, str, str]]:
    """`count` rows of first name, last name, e-mail address and phone, always the same ones."""
    random = Random(20171002)  # noqa: S311 -- repeatable, not secret
    for number in range(count):
        first = random.choice(FIRST)
        last = random.choice(LAST_BEGIN) + random.choice(LAST_END)
        yield first, last, f"{first}.{last}.{number}@example.org".lower(), f"+4930{number:07d}"
