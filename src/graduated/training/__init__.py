"""Training packs of runs: the loop, the update, the history."""
