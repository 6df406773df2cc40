"""The report of a preset: one HTML page with verdicts, figures, settings and origin. Imports no torch."""
