"""Cascades of failing supply, beside models that are too simple to be wrong."""
