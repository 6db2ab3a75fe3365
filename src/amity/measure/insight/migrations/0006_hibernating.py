import json
from collections.abc import Callable
from typing import Any

from django.db import migrations

OLD, NEW = "lost", "hibernating"
GROUPS = ("rfm_group", "rfm_group_90d")


def rename(_apps: Any, schema_editor: Any) -> None:
    """The RFM group "lost" becomes "hibernating": in traits, stored reports and saved rules.

    Movement is kept by its window from now on.
    """
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "UPDATE traits_trait SET text = %s WHERE text = %s AND name IN (%s, %s)",
            [NEW, OLD, *GROUPS],
        )
        _each(cursor, "insight_measurerun", "reports", _reports)
        _each(cursor, "segments_segment", "rule", _rule)


def _each(cursor: Any, table: str, column: str, renamed: Callable[[Any], Any]) -> None:
    """Rewrites the JSON of a column, row by row, where it says something new."""
    cursor.execute(f"SELECT id FROM {table}")  # noqa: S608 -- our own table
    for (number,) in cursor.fetchall():
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [number])  # noqa: S608 -- as above
        (stored,) = cursor.fetchone()
        said = json.loads(stored) if isinstance(stored, str) else stored
        new = renamed(said)
        if new != said:
            values = [json.dumps(new), number]
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", values)  # noqa: S608 -- as above


def _reports(reports: dict[str, Any]) -> dict[str, Any]:
    found = dict(reports)
    if "rfm" in found:
        groups = [
            {**group, "name": NEW if group["name"] == OLD else group["name"]}
            for group in found["rfm"].get("groups", [])
        ]
        found["rfm"] = {**found["rfm"], "groups": groups}
    moved = found.get("movement")
    if moved and "groups" in moved:
        found["movement"] = {"90": _movement(moved)}
    return found


def _movement(found: dict[str, Any]) -> dict[str, Any]:
    groups = [NEW if name == OLD else name for name in found["groups"]]
    meanings = {NEW if name == OLD else name: said for name, said in found["meanings"].items()}
    return {**found, "groups": groups, "meanings": meanings}


def _rule(rule: Any) -> Any:
    """The rule, with the new name where it tests the group."""
    if isinstance(rule, list):
        return [_rule(part) for part in rule]
    if not isinstance(rule, dict):
        return rule
    if str(rule.get("field", "")).removeprefix("trait.") in GROUPS and "values" in rule:
        values = [NEW if str(value).lower() == OLD else value for value in rule["values"]]
        return {**rule, "values": values}
    return {key: _rule(part) for key, part in rule.items()}


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0005_packed_entries"),
        ("segments", "0001_initial"),
        ("traits", "0001_initial"),
    ]

    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
