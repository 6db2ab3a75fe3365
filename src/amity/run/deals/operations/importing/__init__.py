"""Deals out of another system's file: read, written as history, taken back."""
