"""The triggers that make the database itself refuse to change a policy that was published.

A published version may only be superseded; what it said stays for ever (DOMAIN 9, rule 12).
"""

from amity.kernel.triggers import Triggers

MESSAGE = "A published policy is never changed: draft a new version instead."

_FIXED = ("number", "document", "digest", "base_id", "created_at", "published_at")
_SQLITE_CHANGED = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _FIXED)
_POSTGRESQL_CHANGED = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _FIXED)
_LEFT = """(OLD.status = 'published' AND NEW.status NOT IN ('published', 'superseded'))
        OR (OLD.status = 'superseded' AND NEW.status <> 'superseded')"""
_WAS_PUBLISHED = "OLD.status IN ('published', 'superseded')"

_SQLITE = (
    f"""CREATE TRIGGER IF NOT EXISTS policy_no_update
        BEFORE UPDATE ON policy_policyversion
        WHEN {_WAS_PUBLISHED} AND ({_SQLITE_CHANGED} OR {_LEFT})
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
    f"""CREATE TRIGGER IF NOT EXISTS policy_no_delete
        BEFORE DELETE ON policy_policyversion WHEN {_WAS_PUBLISHED}
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END""",
)
_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION policy_immutable() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
        IF TG_OP = 'DELETE' THEN
          IF {_WAS_PUBLISHED} THEN
            RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END IF;
          RETURN OLD; END IF;
        IF {_WAS_PUBLISHED} AND ({_POSTGRESQL_CHANGED} OR {_LEFT}) THEN
          RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END IF;
        RETURN NEW; END $$""",
    """CREATE OR REPLACE TRIGGER policy_immutable
       BEFORE UPDATE OR DELETE ON policy_policyversion
       FOR EACH ROW EXECUTE FUNCTION policy_immutable()""",
)

TRIGGERS = Triggers(
    sqlite=_SQLITE,
    postgresql=_POSTGRESQL,
    remove_sqlite=tuple(
        f"DROP TRIGGER IF EXISTS policy_no_{verb}" for verb in ("update", "delete")
    ),
    remove_postgresql=("DROP TRIGGER IF EXISTS policy_immutable ON policy_policyversion",),
)
install, remove = TRIGGERS.install, TRIGGERS.remove
