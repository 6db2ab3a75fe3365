# The fast loop. `just` lists the recipes; without just, the commands below are what they do.
set positional-arguments

python := env("AMITY_VENV", ".venv") / "bin/python"

_default:
    @just --list

# make the environment, run every check and test
check:
    ./amity test

# the checks alone: style, contracts, types, migrations
lint:
    ./amity test lint

# the tests of one folder or file, last failures first: just test src/amity/kernel/jobs
test *paths:
    {{python}} -m pytest -q --failed-first --exitfirst "$@"

# format and mend what can be mended
fmt:
    {{python}} -m ruff check --fix --quiet .
    {{python}} -m ruff format --quiet .

# serve the clone with the demonstration company
run:
    ./amity demo

# write docs/reference anew
reference:
    {{python}} tools/reference.py

# a new capability: just new-capability occasions run
new-capability name wing:
    {{python}} tools/new_capability.py {{name}} {{wing}}
