"""The indexes that find a part of a name or of an address."""

from amity.kernel.textsearch import kept, trigrams

NAMES = trigrams("customers_customer", "name_folded")
IDENTITIES = trigrams("customers_identity", "value")

after_migrate = kept(NAMES, IDENTITIES)
