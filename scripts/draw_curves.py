"""Draw training loss and test accuracy of every run of a pack against epochs.

Of a finished pack from its history; of one that is being trained, or was interrupted, from its latest
checkpoint, without disturbing the training.
"""

import argparse
from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.experiment.packs import Pack
from graduated.plots.curves import training_curves
from graduated.plots.style import save
from graduated.program import run_program
from graduated.resume import latest_progress
from graduated.storage import read_json

COLUMNS = ["run", "epoch", "learning_rate", "train_loss", "test_accuracy"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder",
        type=Path,
        help="results/PRESET/training/PACK, or results/PRESET/resume/PACK of an unfinished one",
    )
    parser.add_argument("--output", type=Path, required=True, help="PNG or PDF file to write")
    arguments = parser.parse_args()
    folder = arguments.folder
    finished = (folder / "record.json").is_file()
    history, diverged = read_finished(folder) if finished else read_unfinished(folder)
    state = "" if finished else ", not finished"
    title = f"{folder.name}{state}; {len(diverged)} diverged" if diverged else f"{folder.name}{state}"
    save(training_curves(history, diverged, title), arguments.output)
    print(arguments.output)


def read_finished(folder: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return a trained pack's history and the ids of the runs that diverged."""
    runs = read_json(folder / "record.json")["runs"]
    return pd.read_csv(folder / "history.csv"), [run["run"] for run in runs if run["status"] == "diverged"]


def read_unfinished(folder: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return the same as far as the latest checkpoint tells it.

    Raises:
        ValueError: There is no checkpoint of a pack.
    """
    specification = folder.parent.parent / "packs" / f"{folder.name}.json"
    course = latest_progress(folder) if specification.is_file() else None
    if course is None:
        raise ValueError(f"{folder}: expected a folder of a trained pack, or of one with a checkpoint")
    epochs = zip(Pack.read(specification).runs, course["diverged_epoch"], strict=True)
    history = pd.DataFrame(course["rows"], columns=COLUMNS)
    return history, [run.id for run, diverged in epochs if diverged is not None]


if __name__ == "__main__":
    run_program(main)
