"""Reads files of every kind into batches of rows, in bounded memory. Knows no database."""
