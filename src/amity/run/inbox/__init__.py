"""Inbox: people who need a person get one, in the order and time that their canvas promises."""
