"""The demonstration company: real orders of The Complete Journey, invented names."""
