"""Reads of accounts: standings by policy, facts from the log, books, tasks, plans."""
