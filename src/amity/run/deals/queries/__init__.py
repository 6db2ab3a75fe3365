"""Reads of deals and pipelines."""
