"""Reads of the studio: facts for a draft, live numbers for the board, versions."""
