"""Mails: in through one door, out through the outbox, and aside what must not be let in."""
