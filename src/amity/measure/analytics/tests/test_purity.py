"""The wing loads where Django is not installed."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import amity.measure.analytics as wing


def test_wing_loads_without_django() -> None:
    names = [f"{wing.__name__}.{module.name}" for module in pkgutil.iter_modules(wing.__path__)]
    names = [name for name in names if not name.endswith(".tests")]
    code = "import sys, importlib\nsys.modules['django'] = sys.modules['ninja'] = None\n"
    code += "".join(f"importlib.import_module({name!r})\n" for name in names)

    source = str(Path(wing.__file__).parents[3])
    done = subprocess.run(  # noqa: S603 -- our own interpreter and our own words
        [sys.executable, "-c", code], env={"PYTHONPATH": source}, capture_output=True, check=False
    )

    assert done.stderr.decode() == ""
    assert done.returncode == 0
    assert len(names) > 10
