"""Why a row is not taken, and what to do about it. Pure."""

REMEDIES = {
    "bad_date": "Write the date like the others, or choose the date style.",
    "missing_date": "Fill in the date.",
    "missing_customer_and_order": "Fill in the customer or the order number.",
    "missing_customer": "Fill in whose it is.",
    "missing_key": "Fill in what identifies the row.",
    "bad_number": "Write the number like the others, or choose the decimal sign.",
    "text_too_long": "Shorten the text.",
    "other_currency": "Give the lines of one order one currency.",
    "bad_currency": "Use the three-letter code of the currency (ISO 4217).",
    "duplicate_line": "Nothing: the line is there already; it was to be dropped.",
    "bad_email": "Write one whole e-mail address.",
    "unknown_customer": "Import the customer first.",
    "ends_before_it_begins": "Correct the times: nothing ends before it began.",
    "worked_on_here": "Nothing: somebody has gone on with it here, and what they did stands.",
    "unknown_touchpoint": "Write the key or the name of a touchpoint, or add it first.",
    "not_our_currency": "Convert the amounts into the company's own currency.",
    "yet_to_come": "Nothing yet: what was spent is entered, not what is planned.",
    "bad_value": "Use one of the values that the documentation names.",
}
