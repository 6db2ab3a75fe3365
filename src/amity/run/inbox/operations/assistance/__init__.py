"""Help of a language model, where the operator named an endpoint."""
