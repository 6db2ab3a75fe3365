"""The wing that lets the evidence change the design."""
