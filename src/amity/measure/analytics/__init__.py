"""Pure estimators: numbers in, numbers out; no Django, no database, no clock."""
