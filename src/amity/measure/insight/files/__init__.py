"""`amity value`: what a file of orders is worth, in one command and without a database."""
