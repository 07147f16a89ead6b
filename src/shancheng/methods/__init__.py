"""Numbers only: no city, no file, no clock."""
