"""Changes of deals and pipelines."""
