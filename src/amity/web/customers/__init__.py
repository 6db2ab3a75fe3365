"""The customers' pages: the list, one customer, and what one does with many."""
