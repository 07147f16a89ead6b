"""Where to build: the most demand within reach or the least time for all, with a proven gap and reasons."""
