"""Where the ledger is kept: SQLite for one process, PostgreSQL for a city."""
