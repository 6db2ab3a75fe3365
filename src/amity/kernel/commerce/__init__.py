"""Products, orders and what came back."""
