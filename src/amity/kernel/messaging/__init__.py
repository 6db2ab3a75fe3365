"""What leaves the house: one outbox, one fetch, one sanitizer."""
