"""What one mail may cost. Everything beyond is quarantined, or cut where that harms nobody."""

MAIL_BYTES = 36_000_000  # a file of 25 MB in base64, and the rest
HEADER_BYTES = 512_000  # of one part
HEADER_LINES = 2_000
ALL_HEADER_BYTES = 4_000_000  # of all parts together
PARTS = 500
DEPTH = 20
FALSE_BOUNDARIES = 10_000  # lines that begin like a boundary and are none
VALUE_CHARACTERS = 65_536  # of one header, the rest is not read
SUBJECT_CHARACTERS = 300
ADDRESSES = 200
REFERENCES = 50
TEXT_CHARACTERS = 500_000
HTML_TAGS = 15_000  # a parser of HTML takes quadratic time for tags that are never closed
HTML_ENTITIES = 50_000
FILE_NAME_CHARACTERS = 150
