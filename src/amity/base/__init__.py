"""What everything stands on: ids, time, money, text, results. Pure."""
