"""A process that imports orders in small parts and kills itself in the middle of one.

python driver.py FILE DIE_IN_PART   (-1: it lives)
"""

import os
import signal
import sys
from typing import Any

from amity.cli.setup import start_django


def main(file: str, die_in_part: int) -> None:
    """Imports FILE by the command line; dies after a part is written, before it is committed."""
    start_django()
    from amity.cli.main import main as run_command
    from amity.kernel.imports import order_import, row_import, staging

    staging.PART_ROWS = 500
    row_import.ROWS = 20
    calls = 0

    def dying(write: Any) -> Any:
        def written(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            result = write(*arguments, **named)
            if calls == die_in_part:
                os.kill(os.getpid(), signal.SIGKILL)
            calls += 1
            return result

        return written

    commit = "write_part"  # by name: the module imports it from its neighbor
    setattr(order_import, commit, dying(getattr(order_import, commit)))
    kind = "customers" if "contacts" in file else "orders"
    if kind == "customers":
        from amity.kernel.imports import jobs
        from amity.kernel.imports.models import Import

        jobs.HANDLERS[Import.Kind.CUSTOMERS] = dying(jobs.HANDLERS[Import.Kind.CUSTOMERS])
    sys.argv = ["amity", "import", kind, file, "--json"]
    run_command()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
