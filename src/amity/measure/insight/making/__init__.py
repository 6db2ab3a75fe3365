"""What descriptions are made from: named questions to the analytic tables, then measures."""
