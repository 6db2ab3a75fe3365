"""Cuts the demonstration company out of The Complete Journey (dunnhumby, CC0), weeks 1 to 40.

    python tools/build_demonstration.py FOLDER

FOLDER holds the data set's tables as Parquet. Households, their orders by department, campaigns and
redeemed coupons are kept as they are; product lines are summed to departments, stores are left out,
and every household gets an invented name and an address at an example domain. The same input gives
the same bytes.
"""

import sys
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

TARGET = Path(__file__).parent.parent / "src/amity/project/demonstration/data"
SEED = 2017
MONEY = ("sales_value_cents", "retail_disc_cents", "coupon_disc_cents", "coupon_match_disc_cents")
SHELVES = {
    "GROCERY": "Grocery",
    "FROZEN GROCERY": "Grocery",
    "DRUG GM": "Drugstore and household",
    "COSMETICS": "Drugstore and household",
    "GM MERCH EXP": "Drugstore and household",
    "PRODUCE": "Produce",
    "MEAT": "Meat",
    "MEAT-PCKGD": "Meat",
    "DELI": "Deli",
    "CHEF SHOPPE": "Deli",
    "RESTAURANT": "Deli",
    "SALAD BAR": "Deli",
    "PASTRY": "Bakery",
    "NUTRITION": "Nutrition",
    "FUEL": "Fuel",
    "SEAFOOD": "Seafood",
    "SEAFOOD-PCKGD": "Seafood",
    "FLORAL": "Flowers and garden",
    "GARDEN CENTER": "Flowers and garden",
    "SPIRITS": "Spirits",
}
GIVEN = (
    "Alma Amir Anita Anton Asha Beatriz Benno Carla Cem Chidi Clara Daniel Daria Diego Edith Elif "
    "Emeka Emil Esther Farah Felix Fiona Gita Greta Hana Hassan Helen Hugo Ida Imani Ines Ivan "
    "Jamal Jana Jonas Julia Kaito Karin Kofi Lars Leila Lena Luca Lucia Magda Malik Mara Marco "
    "Mei Mina Nadia Nils Noor Olga Omar Oscar Paula Petra Priya Rafael Rania Rosa Ruben Sara "
    "Selma Simon Sofia Stefan Sunil Tamar Tariq Teresa Theo Uma Vera Victor Wanda Yara Yusuf Zoe"
).split()
FAMILY = (
    "Abel Adeyemi Albrecht Almeida Arslan Bakker Barros Becker Bianchi Boateng Brandt Castillo "
    "Chandra Costa Danso Dietrich Duarte Eriksen Esposito Fischer Fontana Garcia Goldmann Haddad "
    "Hansen Hoffmann Ibrahim Ito Jansen Jimenez Kaplan Keller Khan Kowalski Lambert Larsen Lehmann "
    "Lindgren Lopez Mahler Marin Mendes Moreau Nakamura Navarro Neumann Nguyen Novak Nowak Okafor "
    "Olsen Ortega Osei Park Pereira Petrov Quist Ramos Rao Rivera Rossi Sato Schmitt Seidel Silva "
    "Singh Sommer Suarez Tanaka Torres Umar Vargas Vogel Wagner Walsh Weber Winter Yilmaz Zhang"
).split()
DOMAINS = ("example.com", "example.org", "example.net")


def main(folder: Path) -> None:
    """Writes the package's data files."""
    TARGET.mkdir(parents=True, exist_ok=True)
    orders = build_orders(folder)
    _write(orders, "orders")
    mailed = _household_numbers(pq.read_table(folder / "campaigns.parquet")["household_id"])
    seen = set(orders["customer"].to_pylist()) | set(mailed.to_pylist())
    households = pa.array(sorted(seen))
    _write(build_customers(folder, households), "customers")
    _write(build_campaigns(folder, households), "campaigns")
    total = sum(file.stat().st_size for file in TARGET.glob("*.parquet"))
    print(f"{total / 1e6:.2f} MB in {TARGET.name}")


def build_orders(folder: Path) -> pa.Table:
    """One row for each order and shelf; amounts in cents, after discount."""
    lines = pq.read_table(folder / "transactions.parquet")
    number = lines.schema.get_field_index("product_id")
    lines = lines.set_column(number, "product_id", lines["product_id"].cast(pa.int64()))
    products = pq.read_table(folder / "products.parquet", columns=["product_id", "department"])
    departments = products["department"].to_pylist()
    shelves = pa.array([SHELVES.get(name or "", "Other") for name in departments])
    products = products.drop_columns("department").append_column("product", shelves)
    joined = lines.join(products, "product_id")
    grouped = joined.group_by(["basket_id", "household_id", "product"]).aggregate(
        [("transaction_timestamp", "min"), ("product_id", "count")]
        + [(name, "sum") for name in MONEY]
    )
    grouped = grouped.sort_by([("basket_id", "ascending"), ("product", "ascending")])
    discounts = [grouped[f"{name}_sum"] for name in MONEY[1:]]
    discount = pc.add(pc.add(discounts[0], discounts[1]), discounts[2])
    return pa.table(
        {
            "order": grouped["basket_id"],
            "date": grouped["transaction_timestamp_min"].cast(pa.timestamp("s"), safe=False),
            "customer": _household_numbers(grouped["household_id"]),
            "product": grouped["product"].combine_chunks().dictionary_encode(),
            "quantity": grouped["product_id_count"].cast(pa.int32()),
            "amount": grouped["sales_value_cents_sum"].cast(pa.int32()),
            "discount": discount.cast(pa.int32()),
            "channel": pa.repeat("store", grouped.num_rows).dictionary_encode(),
        }
    )


def build_customers(folder: Path, households: pa.Array) -> pa.Table:
    """One row for each household: an invented person, and what the survey knows of it."""
    survey = {
        f"H{row['household_id']:04d}": row
        for row in pq.read_table(folder / "demographics.parquet").to_pylist()
    }
    chance = Random(SEED)  # noqa: S311 -- invents names, guards nothing
    rows = []
    for number in households.to_pylist():
        given, family = chance.choice(GIVEN), chance.choice(FAMILY)
        known = survey.get(number, {})
        rows.append(
            {
                "customer": number,
                "name": f"{given} {family}",
                "email": f"{given}.{family}.{number}@{chance.choice(DOMAINS)}".lower(),
                "age": known.get("age"),
                "income": known.get("income"),
                "home": known.get("home_ownership"),
                "marital_status": known.get("marital_status"),
                "household_size": known.get("household_size"),
                "kids": known.get("kids_count"),
            }
        )
    return pa.Table.from_pylist(rows)


def build_campaigns(folder: Path, households: pa.Array) -> pa.Table:
    """What a household got or redeemed: `what` is mailed or redeemed, on a day."""
    known = set(households.to_pylist())
    about = {
        row["campaign_id"]: row
        for row in pq.read_table(folder / "campaign_descriptions.parquet").to_pylist()
    }
    rows = []
    for row in pq.read_table(folder / "campaigns.parquet").to_pylist():
        campaign = about.get(row["campaign_id"])
        if campaign:
            rows.append(_fact("mailed", row, campaign, campaign["start_date"], None))
    for row in pq.read_table(folder / "coupon_redemptions.parquet").to_pylist():
        campaign = about.get(row["campaign_id"])
        if campaign:
            rows.append(_fact("redeemed", row, campaign, row["redemption_date"], row["coupon_upc"]))
    kept = [row for row in rows if row["customer"] in known]
    kept.sort(key=lambda row: (row["day"], row["what"], row["customer"], row["campaign"]))
    return pa.Table.from_pylist(kept)


def _fact(
    what: str, row: dict[str, int], campaign: dict[str, str], day: object, coupon: int | None
) -> dict[str, object]:
    return {
        "what": what,
        "customer": f"H{row['household_id']:04d}",
        "campaign": row["campaign_id"],
        "type": campaign["campaign_type"],
        "day": day,
        "ends_on": campaign["end_date"],
        "coupon": coupon,
    }


def _household_numbers(numbers: pa.ChunkedArray) -> pa.Array:
    padded = pc.utf8_lpad(numbers.cast(pa.string()), width=4, padding="0")
    return pc.binary_join_element_wise("H", padded, "").combine_chunks().dictionary_encode()


def _write(table: pa.Table, name: str) -> None:
    file = TARGET / f"{name}.parquet"
    delta = ["order", "date"] if name == "orders" else []
    encodings = dict.fromkeys(delta, "DELTA_BINARY_PACKED")
    pq.write_table(
        table,
        file,
        compression="zstd",
        compression_level=19,
        use_dictionary=[column for column in table.column_names if column not in delta],
        column_encoding=encodings or None,
        write_statistics=False,
    )
    print(f"{name}: {table.num_rows:,} rows, {file.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
