"""What the command-line programs share: one clear line for an expected failure."""

import sys
from collections.abc import Callable
from pathlib import Path

from graduated.storage import DamagedFileError


def run_program(main: Callable[[], None]) -> None:
    """Run a program; an expected failure ends it with one line on standard error and exit status 1."""
    try:
        main()
    except (ValueError, DamagedFileError, OSError) as error:
        sys.exit(f"{Path(sys.argv[0]).stem}: {error}")
