"""A ledger in a PostgreSQL database: for a city."""
