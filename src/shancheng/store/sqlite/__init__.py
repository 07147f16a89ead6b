"""A ledger in one SQLite file: for a laptop, a town, a district."""
