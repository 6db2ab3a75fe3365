"""Accounts: a named person, or a team, who keeps a customer for long and knows them well."""
