"""Doors that speak the standards of others: each one a room of its own."""
