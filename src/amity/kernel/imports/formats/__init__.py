"""How files are written: pure detection of encodings, delimiters, numbers, dates and columns."""
