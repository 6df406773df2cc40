"""Explicit graduated optimization beside the authors' (github.com/iiduka-researches/igo-aaai25), by turns.

Their script ego.py is run as it is, by an interpreter of its own and in a folder of its own: one run on
Rastrigin's function in 50 dimensions with the schedule "nice". It takes the gradient by central differences,
10.2 million function evaluations in all; ours differentiates the function instead. Ours starts at the same
point and draws other noise: once one run alone, as theirs is, and once many together. Without a checkout
nothing is measured.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

import _source  # noqa: F401
import peers
from graduated.device import compute_device
from graduated.graduated_optimization.explicit import minimise
from graduated.graduated_optimization.functions import FUNCTIONS
from graduated.graduated_optimization.levels import polynomial_levels
from graduated.program import run_program
from record import add_peer_argument, benchmark_parser, cores, write_record
from timing import interleave, paired_ratio, spread, timed

ADDRESS = "https://github.com/iiduka-researches/igo-aaai25"
SCRIPT, RESULT = "ego.py", Path("results") / "rastrigin_func.txt"
RASTRIGIN = FUNCTIONS["rastrigin"]
DIMENSION, LEVELS, STEPS, DRAWS = 50, 51, 20, 100
"""As in the authors' script."""


class AuthorsScript:
    """The authors' script, run in a subprocess.

    Args:
        folder: A checkout of their code.

    Attributes:
        values: The final value of each run so far.
    """

    def __init__(self, folder: Path):
        self.script, self.values = (folder / SCRIPT).resolve(), []

    def seconds(self) -> float:
        """Run the script once, its interpreter's start included, and return the seconds.

        Raises:
            ChildProcessError: It fails.
        """
        with tempfile.TemporaryDirectory() as place:
            command = [sys.executable, str(self.script)]
            options = {"cwd": place, "capture_output": True, "text": True, "check": False}
            environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
            result: list[subprocess.CompletedProcess] = []
            seconds = timed(
                lambda: result.append(subprocess.run(command, env=environment, **options)),
                torch.device("cpu"),
            )
            if result[0].returncode:
                raise ChildProcessError(f"{self.script}: {result[0].stderr.strip().splitlines()[-1]}")
            self.values.append(final_value((Path(place) / RESULT).read_text(encoding="utf-8")))
        return seconds


def final_value(log: str) -> float:
    """Return the mean of the final values, of one run, that the authors' script has logged.

    Raises:
        ValueError: The log does not tell.
    """
    found = re.search(r"^ave:([^,\s]+)", log, re.MULTILINE)
    if not found:
        raise ValueError(f"{SCRIPT}: expected a line 'ave:VALUE' in {RESULT}")
    return float(found[1])


class OurRuns:
    """Runs of ours from the authors' start, each with noise of its own.

    Args:
        runs: How many together.
        device: Where to compute.

    Attributes:
        values: The final values of the runs.
    """

    def __init__(self, runs: int, device: torch.device):
        start = np.random.RandomState(0).uniform(RASTRIGIN.low, RASTRIGIN.high, DIMENSION)
        self.starts = torch.from_numpy(start).repeat(runs, 1).to(device)
        self.values: list[float] = []

    def seconds_per_run(self) -> float:
        """Carry out the runs and return the seconds that one of them takes."""
        return timed(self._run, self.starts.device) / len(self.starts)

    def _run(self) -> None:
        levels, function = polynomial_levels(1.0, 0.01, LEVELS, power=1.0), RASTRIGIN.evaluate
        options = {"steps": STEPS, "draws": DRAWS}
        seeds = range(len(self.starts))
        path = minimise(function, self.starts, seeds, levels, RASTRIGIN.learning_rate, **options)
        self.values = function(path[-1]).tolist()


def row(
    who: str, runs: int, seconds: Sequence[float], theirs: Sequence[float], values: Sequence[float]
) -> Any:
    """Return the row of the record on one contender."""
    return {
        "who": who,
        "runs_together": runs,
        "seconds_per_run": spread(seconds),
        "speedup": paired_ratio(theirs, seconds),
        "final_value": spread(values),
        "runs_in_global_basin": sum(value < 0.5 for value in values),
        "runs": len(values),
    }


def measure(arguments: argparse.Namespace, device: torch.device) -> list[dict[str, Any]]:
    """Measure theirs and ours by turns."""
    authors = AuthorsScript(arguments.peer)
    ours = {runs: OurRuns(runs, device) for runs in arguments.runs}
    for own in ours.values():
        own.seconds_per_run()
    arms = {0: authors.seconds} | {runs: own.seconds_per_run for runs, own in ours.items()}
    seconds = interleave(arms, arguments.repetitions, warm_up=0)
    rows = [row("authors", 1, seconds[0], seconds[0], authors.values)]
    rows += [row("ours", runs, seconds[runs], seconds[0], own.values) for runs, own in ours.items()]
    return rows


def main() -> None:
    """Measure and write the record, if there is a checkout."""
    parser = benchmark_parser(__doc__)
    parser.set_defaults(repetitions=1)
    add_peer_argument(parser, ADDRESS)
    parser.add_argument("--runs", type=int, nargs="+", default=[1, 20], help="runs of ours together")
    parser.add_argument("--threads", type=int, default=cores(), help="CPU threads")
    arguments = parser.parse_args()
    if not peers.is_there(arguments.peer, ADDRESS):
        return
    with compute_device(arguments.device, arguments.threads) as device:
        rows = measure(arguments, device)
        settings = {"function": "rastrigin", "dimension": DIMENSION, "levels": LEVELS, "steps": STEPS}
        settings |= {"draws": DRAWS, "schedule": "nice", "repetitions": arguments.repetitions}
        settings |= {"peer": ADDRESS, "peer_commit": peers.commit(arguments.peer)}
        write_record(arguments.results, "explicit", device, settings, rows)


if __name__ == "__main__":
    run_program(main)
