"""Invented customers and what they bought, drawn from one seed. Pure.

Purchases follow the BG/NBD model (Fader, Hardie, Lee 2005): a customer buys at an own constant
rate, drawn from a gamma distribution, and after each purchase may leave for good with an own
probability, drawn from a beta distribution. Amounts follow the gamma-gamma model (Fader, Hardie
2013). The same seed draws the same customers, whatever their number.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amity.base.vocabulary import RelationshipType, Stage

PIECE = 5_000  # customers that are drawn, and written, together
DAYS = 730
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
END = datetime(2025, 12, 31, 12, tzinfo=UTC)  # two years of days; when all of it was written
SOURCE = "generated"

RATE_SHAPE, RATE_SCALE = 0.8, 1 / 45  # purchases a day: gamma
LEAVE_A, LEAVE_B = 1.0, 5.0  # leaving after a purchase: beta
SPEND_SHAPE, MEAN_SHAPE, MEAN_RATE = 6.0, 4.0, 1_500.0  # minor units: gamma-gamma
RETURNS = 0.02  # of the lines came back
CONTACTS = 0.5  # for each order, on average

FIRST_NAMES = tuple(
    "Ada Amir Anna Bela Bruno Carla Chen Chidi Clara Dana Diego Elif Emil Esra Eva Farid Femi Gina"
    " Hana Hugo Ida Ines Ivan Jamal Jana Joao Kaia Karim Kenji Lars Layla Lena Leo Lina Luca Maja"
    " Marco Mei Mila Nadia Nico Nina Noor Olga Omar Pablo Paula Priya Rafa Rosa Sami Sara Sofia"
    " Tariq Tessa Theo Uma Vera Yara Yusuf Zoe".split()
)
LAST_NAMES = tuple(
    "Abara Ahmed Alves Andersen Baker Bauer Becker Blanc Borg Brandt Carter Castro Chan Costa Cruz"
    " Dahl Diaz Dubois Eriksen Evans Ferrari Fischer Fontaine Garcia Gupta Haas Hansen Hughes Ito"
    " Ivanova Jansen Kaya Keller Khan Kim Kowalski Larsen Lee Lopez Marino Mehta Meyer Moreau Mori"
    " Murphy Nakamura Nielsen Novak Nowak Okafor Okoye Olsen Patel Perez Petrov Rossi Sato Silva"
    " Singh Sorensen Tanaka Torres Vogel Weber Wong Yilmaz Zhang".split()
)
DOMAINS = ("example.com", "example.net", "example.org")
COUNTRIES = ("US", "DE", "FR", "GB", "ES", "IT", "NL", "PL", "SE", "BR")
COUNTRY_SHARES = (0.3, 0.16, 0.12, 0.12, 0.08, 0.07, 0.05, 0.04, 0.03, 0.03)
CATEGORIES = ("Kitchen", "Garden", "Books", "Toys", "Sport", "Office", "Travel", "Care")
PRODUCTS = 200
CHANNELS = ("web", "store", "phone")
CHANNEL_SHARES = (0.7, 0.22, 0.08)
KINDS = ("support.asked", "newsletter.opened", "help.read")
KIND_TYPES = (
    RelationshipType.PERSONAL_ASSISTANCE,
    RelationshipType.AUTOMATED_SERVICES,
    RelationshipType.SELF_SERVICE,
)
KIND_STAGES = (Stage.SUPPORT, Stage.ADVERTISE, Stage.SUPPORT)
KIND_SHARES = (0.2, 0.5, 0.3)
_SECONDS = 86_400
_MICRO = 1_000_000

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some customers, the lines of their orders and their contacts, as Arrow tables.

    `people` has key, name, email, country; `lines` is what the assembly of imported orders takes;
    `contacts` has key, micros, kind, relationship_type, stage, direction, staff_seconds,
    cost_minor, source_id.
    """

    people: Any
    lines: Any
    contacts: Any


def draw(seed: int, number: int, count: int) -> Piece:
    """The first `count` customers (at most PIECE) of piece `number`, by what `seed` draws."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number])))
    people = _people(rng, number)
    owners, moments = _purchases(rng)
    lines = _lines(rng, people, owners, moments, number)
    contacts = _contacts(rng, people, owners, moments, number)
    kept = pa.array(people.column("key").to_pylist()[:count])
    return Piece(people.slice(0, count), _of(lines, "customer", kept), _of(contacts, "key", kept))


def _of(table: Any, column: str, keys: Any) -> Any:
    return table.filter(pc.is_in(table.column(column), value_set=keys))


def _people(rng: np.random.Generator, number: int) -> Any:
    start = number * PIECE + 1
    first = rng.integers(len(FIRST_NAMES), size=PIECE)
    last = rng.integers(len(LAST_NAMES), size=PIECE)
    domains = rng.integers(len(DOMAINS), size=PIECE)
    countries = rng.choice(len(COUNTRIES), size=PIECE, p=COUNTRY_SHARES)
    rows = zip(first.tolist(), last.tolist(), domains.tolist(), strict=True)
    names = [(FIRST_NAMES[f], LAST_NAMES[s], DOMAINS[d]) for f, s, d in rows]
    return pa.table(
        {
            "key": [f"G{start + place:07}" for place in range(PIECE)],
            "name": [f"{f} {s}" for f, s, _ in names],
            "email": [
                f"{f}.{s}.{start + place}@{d}".lower() for place, (f, s, d) in enumerate(names)
            ],
            "country": [COUNTRIES[place] for place in countries.tolist()],
        }
    )


def _purchases(rng: np.random.Generator) -> tuple[Whole, Reals]:
    """Who bought when (days since BEGIN), in the order of the customers and their purchases."""
    rates = rng.gamma(RATE_SHAPE, RATE_SCALE, PIECE)
    leaving = rng.beta(LEAVE_A, LEAVE_B, PIECE)
    clock = rng.uniform(0, DAYS * 0.9, PIECE)
    alive = np.arange(PIECE)
    owners, moments = [], []
    while alive.size:
        owners.append(alive)
        moments.append(clock[alive])
        stays = rng.random(alive.size) >= leaving[alive]
        alive = alive[stays]
        clock[alive] += rng.exponential(1 / np.maximum(rates[alive], 1e-9))
        alive = alive[clock[alive] < DAYS]
    owner, moment = np.concatenate(owners), np.concatenate(moments)
    order = np.lexsort((moment, owner))
    return owner[order], moment[order]


def _lines(
    rng: np.random.Generator, people: Any, owners: Whole, moments: Reals, number: int
) -> Any:
    """A row for each line, as a file of orders would be staged: amounts in millionths."""
    orders = owners.size
    means = SPEND_SHAPE * MEAN_RATE / rng.gamma(MEAN_SHAPE, 1.0, PIECE)
    spent = rng.gamma(SPEND_SHAPE, 1 / SPEND_SHAPE, orders) * means[owners]
    sizes = 1 + rng.poisson(0.8, orders)
    index = np.repeat(np.arange(orders), sizes)
    rows = index.size
    products = (PRODUCTS * rng.beta(0.7, 2.5, rows)).astype(np.int64)
    cents = np.maximum(100, np.rint(spent[index] / sizes[index])).astype(np.int64)
    back = rng.random(rows) < RETURNS
    channels = rng.choice(len(CHANNELS), size=orders, p=CHANNEL_SHARES)
    micros = _micros(moments)
    catalog = pa.array([f"P{place:04}" for place in range(PRODUCTS)])
    titles = pa.array([f"{_category(place)} {place:03}" for place in range(PRODUCTS)])
    kinds = pa.array([_category(place) for place in range(PRODUCTS)])
    numbers = pa.array([f"G{number:04}-{place + 1:07}" for place in range(orders)])
    buyers = pa.array(owners[index])
    return pa.table(
        {
            "row": pa.array(np.arange(rows)),
            "order": numbers.take(pa.array(index)),
            "customer": people.column("key").combine_chunks().take(buyers),
            "customer_name": people.column("name").combine_chunks().take(buyers),
            "country": people.column("country").combine_chunks().take(buyers),
            "channel": pa.array(CHANNELS).take(pa.array(channels[index])),
            "product": catalog.take(pa.array(products)),
            "description": titles.take(pa.array(products)),
            "category": kinds.take(pa.array(products)),
            "micros": pa.array(micros[index]),
            "day": pa.array(micros[index] // (_SECONDS * _MICRO)),
            "zoned": pa.array(np.ones(rows, dtype=bool)),
            "quantity": pa.array(np.where(back, -_MICRO, _MICRO)),
            "unit_price": pa.array(cents * 10_000),
        }
    )


def _category(product: int) -> str:
    return CATEGORIES[product % len(CATEGORIES)]


def _micros(moments: Reals) -> Whole:
    """Whole minutes, as microseconds since 1970."""
    minutes = np.floor(moments * 1_440).astype(np.int64)
    return np.asarray(int(BEGIN.timestamp()) * _MICRO + minutes * 60 * _MICRO)


def _contacts(
    rng: np.random.Generator, people: Any, owners: Whole, moments: Reals, number: int
) -> Any:
    counts = rng.poisson(CONTACTS, owners.size)
    index = np.repeat(np.arange(owners.size), counts)
    kinds = rng.choice(len(KINDS), size=index.size, p=KIND_SHARES)
    later = np.minimum(moments[index] + rng.exponential(10.0, index.size), DAYS - 0.5)
    minutes = np.where(kinds == 0, 1 + rng.poisson(6, index.size), 0)
    places = pa.array(kinds)
    return pa.table(
        {
            "key": people.column("key").combine_chunks().take(pa.array(owners[index])),
            "micros": pa.array(_micros(later)),
            "kind": pa.array(KINDS).take(places),
            "relationship_type": pa.array([kind.value for kind in KIND_TYPES]).take(places),
            "stage": pa.array([stage.value for stage in KIND_STAGES]).take(places),
            "direction": pa.array(["in", "out", "in"]).take(places),
            "staff_seconds": pa.array(minutes * 60),
            "cost_minor": pa.array(minutes * 60),
            "source_id": pa.array(
                [f"contact-{number:04}-{place + 1:07}" for place in range(index.size)]
            ),
        }
    )
