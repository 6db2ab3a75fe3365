"""Answers as mails, and the keys by which answers to them are recognized."""
