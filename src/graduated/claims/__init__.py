"""The papers' statements as tests: declared before the data are seen, worked out per seed, judged."""
