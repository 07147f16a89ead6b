"""One file per claim: a peer beside us in one run, interleaved rounds, medians, a ratio."""
