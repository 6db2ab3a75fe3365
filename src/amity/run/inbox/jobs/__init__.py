"""Work of the worker."""
