"""The triggers that make the database itself refuse to change the log."""

from amity.kernel.triggers import Triggers

MESSAGE = "The interaction log is append-only: record a correction instead."

_SQLITE = tuple(
    f"""CREATE TRIGGER IF NOT EXISTS interactions_no_{verb.lower()}
        BEFORE {verb} ON interactions_interaction
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"""
    for verb in ("UPDATE", "DELETE")
)
_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION interactions_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$""",
    """CREATE OR REPLACE TRIGGER interactions_append_only
       BEFORE UPDATE OR DELETE ON interactions_interaction
       FOR EACH ROW EXECUTE FUNCTION interactions_append_only()""",
)

TRIGGERS = Triggers(
    sqlite=_SQLITE,
    postgresql=_POSTGRESQL,
    remove_sqlite=tuple(
        f"DROP TRIGGER IF EXISTS interactions_no_{verb}" for verb in ("update", "delete")
    ),
    remove_postgresql=(
        "DROP TRIGGER IF EXISTS interactions_append_only ON interactions_interaction",
    ),
)
install, remove = TRIGGERS.install, TRIGGERS.remove
