"""The nouns every wing stands on: territory, calendar, datum, access, packs."""
