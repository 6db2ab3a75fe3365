import os
import subprocess
import sys


def test_reading_every_manifest_loads_no_django() -> None:
    """The command line reads them all at every start; what a slot runs is named, not imported."""
    script = (
        "import sys; from amity.kernel.hooks.discovery import capabilities; "
        "assert capabilities(); "
        "print(sorted(name for name in sys.modules if name.split('.')[0] == 'django'))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
