"""What a line sells: goods, services, postage, fees. Pure."""

import re

from amity.base.text import fold

_POSTAGE = re.compile(
    r"^(?:post|dot|carriage|c2)$|\b(?:postage|shipping|carriage|delivery|freight|versand|versandkosten"
    r"|porto|livraison|frais de port|envio|gastos de envio|spedizione|verzending|frakt|przesylka)\b"
)
_FEE = re.compile(
    r"^(?:bank charges|amazonfee|cruk|m|d|s|b|adjust|adjust2|pads)$"
    r"|\b(?:fee|fees|charges|commission|surcharge|gebuhr|gebuhren|adjustment|adjust bad debt"
    r"|discount|manual|samples|rounding|deposit|tip)\b"
)
_SERVICE = re.compile(
    r"\b(?:service|subscription|installation|repair|consulting|warranty|membership|abonnement|wartung"
    r"|gift voucher|gift card|training)\b"
)


def product_kind(key: str, name: str) -> str:
    """`good`, `service`, `postage` or `fee`, by the shop's own number and the name."""
    for text in (fold(key).strip(), fold(name).strip()):
        if _POSTAGE.search(text):
            return "postage"
        if _FEE.search(text) and len(text) < 60:
            return "fee"
    return "service" if _SERVICE.search(fold(name)) else "good"
