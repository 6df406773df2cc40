"""What the command-line programs share: one clear line for an expected failure."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

from graduated.resume import Interrupted
from graduated.storage import DamagedFileError


def run_program(main: Callable[[], None]) -> None:
    """Run a program; an expected failure ends it with one line on standard error and exit status 1.

    A program that a signal stopped ends with 128 + the signal's number, its state saved. Where the terminal
    cannot show a letter, such as δ, it shows a question mark.
    """
    sys.stdout.reconfigure(errors="replace")
    try:
        main()
    except Interrupted as interruption:
        with contextlib.suppress(OSError):
            print(f"{Path(sys.argv[0]).stem}: {interruption}", file=sys.stderr, flush=True)
        sys.exit(interruption.status)
    except (ValueError, DamagedFileError, OSError) as error:
        sys.exit(f"{Path(sys.argv[0]).stem}: {error}")
