"""Composite index: treat, fill, scale, weigh and aggregate with floors as gates, and say how sure the result is."""
