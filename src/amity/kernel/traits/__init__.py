"""What measure found: per customer, and per cell of the canvas."""
