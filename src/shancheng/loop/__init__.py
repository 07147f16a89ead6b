"""The one ledger and its engine: a matter's moves, decided and folded. Knows no kind."""
