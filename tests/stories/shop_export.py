"""An order log as a small German web shop exports it: its own columns, encoding and dirt.

Semicolons, Windows-1252, decimal commas, days before months, cancellations with a prefix, lines
without a customer, exact duplicates, free samples, postage as a line, and some rows that no
program can read. Always the same file for the same seed.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

HEADER = "Bestellnr.;Kundennr.;Bestelldatum;Artikelnr.;Bezeichnung;Menge;Einzelpreis (€);Lieferland"
FIRST_DAY = date(2024, 1, 2)
DAYS = 540
GOODS = (
    ("T-100", "Früchtetee „Abendröte“", 8.9),
    ("T-200", "Grüner Tee, lose", 12.5),
    ("K-10", "Kanne aus Gußeisen", 64.0),
    ("K-20", "Becher, 2 Stück", 19.8),
    ("G-1", "Gutscheinkarte", 25.0),
)


@dataclass
class Truth:
    """What was put into the file."""

    rows: int = 0
    unreadable: int = 0
    duplicates: int = 0
    anonymous_rows: int = 0
    cancellations: int = 0
    orders: set[str] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)


class _Export:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.lines: list[str] = []
        self.truth = Truth()
        self.number = 70_000

    def add(self, *cells: object) -> None:
        self.lines.append(";".join(str(cell) for cell in cells))
        self.truth.rows += 1

    def order(self, customer: str, day: date) -> None:
        self.number += 1
        number = f"R{self.number}"
        for good in self.random.sample(GOODS, self.random.randint(1, 4)):
            self._line(number, customer, day, good, self.random.randint(1, 3))
        self._line(number, customer, day, ("PORTO", "Porto und Verpackung", 4.9), 1)
        self._note(number, customer)
        if self.random.random() < 0.03:
            self._cancel(number, customer, day + timedelta(days=9))

    def _line(
        self, number: str, customer: str, day: date, good: tuple[str, str, float], count: int
    ) -> None:
        key, name, price = good
        free = self.random.random() < 0.01
        money = "0,00" if free else f"{price:.2f}".replace(".", ",")
        self.add(number, customer, f"{day:%d.%m.%Y}", key, name, count, money, "Deutschland")
        if not customer:
            self.truth.anonymous_rows += 1
        if self.random.random() < 0.004:
            self.lines.append(self.lines[-1])
            self.truth.rows += 1
            self.truth.duplicates += 1
            self.truth.anonymous_rows += not customer

    def _cancel(self, number: str, customer: str, day: date) -> None:
        cancel = f"C{number}"
        self.add(
            cancel, customer, f"{day:%d.%m.%Y}", "T-100", GOODS[0][1], -1, "8,90", "Österreich"
        )
        self.truth.cancellations += 1
        self.truth.anonymous_rows += not customer
        self._note(cancel, customer)

    def _note(self, number: str, customer: str) -> None:
        self.truth.orders.add(number)
        if customer:
            self.truth.customers.add(customer)

    def unreadable(self) -> None:
        self.add(
            "R1", "K1", "31.02.2025", "T-100", "Tag, den es nicht gibt", 1, "8,90", "Deutschland"
        )
        self.add(
            "R2", "K2", "15.03.2025", "T-100", "Menge in Worten", "drei", "8,90", "Deutschland"
        )
        self.add("", "", "16.03.2025", "T-100", "Weder Kunde noch Bestellung", 1, "8,90", "")
        self.truth.unreadable += 3


def write(path: Path, *, customers: int = 400, seed: int = 7) -> Truth:
    """Writes the file and says what is in it."""
    export = _Export(seed)
    for index in range(customers):
        name = f"K{1000 + index}"
        day = FIRST_DAY + timedelta(days=export.random.randrange(DAYS // 2))
        gap = export.random.expovariate(1 / 45) + 8
        alive = True
        while alive and (day - FIRST_DAY).days < DAYS:
            export.order(name, day)
            day += timedelta(days=1 + int(export.random.expovariate(1 / gap)))
            alive = export.random.random() > 0.12
    for index in range(30):
        export.order("", FIRST_DAY + timedelta(days=index * 11))
    export.unreadable()
    text = "\r\n".join([HEADER, *export.lines]) + "\r\n"
    path.write_bytes(text.encode("cp1252"))
    return export.truth
