"""A base of invented customers for trials and load tests: `amity init --customers N --seed N`."""
