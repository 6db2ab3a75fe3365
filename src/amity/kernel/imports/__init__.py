"""Files of orders, customers, products and interactions, taken in and taken back."""
