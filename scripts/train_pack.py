"""Train one pack of runs; write its weights, history, timing and record into a folder.

Interrupted at any moment, it goes on from its last checkpoint to the same bytes.
"""

from pathlib import Path

import pandas as pd

import _source  # noqa: F401
from graduated.experiment.packs import Pack
from graduated.job import Job, add_training_arguments, job_parser, start_job
from graduated.program import run_program
from graduated.progress import Progress
from graduated.resume import Resume
from graduated.storage import sha256, write_json, write_table, write_tensors
from graduated.training.history import Course, run_records, train_pack
from graduated.training.pack import PackTraining


def write_results(folder: Path, job: Job, pack: Pack, training: PackTraining, course: Course) -> None:
    """Write a trained pack's files."""
    weights = write_tensors(folder / "weights.safetensors", training.state())
    write_table(folder / "history.csv", course.history)
    write_table(folder / "timing.csv", pd.DataFrame(course.timing))
    record = {
        "pack": pack.id,
        "runs": run_records(pack.runs, course),
        "checksums": {"weights": weights, "history": sha256(folder / "history.csv")},
        **job.provenance(),
    }
    write_json(folder / "record.json", record)


def main() -> None:
    parser = job_parser(__doc__)
    add_training_arguments(parser)
    arguments = parser.parse_args()
    pack = Pack.read(arguments.specification)
    with start_job(arguments, __file__) as job:

        def produce(resume: Resume, folder: Path) -> None:
            training = PackTraining(pack.runs, job.data, arguments.cuda_graphs)
            progress = Progress(pack.id, pack.runs[0].epochs, "epoch")
            course = train_pack(training, progress.update, resume)
            write_results(folder, job, pack, training, course)

        job.deliver(arguments.output, produce)


if __name__ == "__main__":
    run_program(main)
