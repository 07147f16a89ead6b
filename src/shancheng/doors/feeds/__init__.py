"""What comes in from other registers: records of a city's hotline walk the loop at their own times."""
