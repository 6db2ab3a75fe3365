"""The hall between the wings: the facts that they share."""
