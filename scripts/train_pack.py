"""Train one pack of runs; write its weights, history, timing and record into a folder.

Interrupted at any moment, it goes on from its last checkpoint to the same bytes.
"""

from pathlib import Path

import pandas as pd
from torch import Tensor

import _source  # noqa: F401
from graduated.experiment.packs import Pack
from graduated.job import Job, add_training_arguments, job_parser, start_job
from graduated.program import run_program
from graduated.progress import HEARTBEAT, Progress
from graduated.resume import Resume
from graduated.storage import sha256, write_json, write_table, write_tensors
from graduated.training.history import Course, run_records
from graduated.training.split import train_runs


def write_results(folder: Path, job: Job, pack: Pack, state: dict[str, Tensor], course: Course) -> None:
    """Write a trained pack's files."""
    weights = write_tensors(folder / "weights.safetensors", state)
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
    with start_job(arguments, __file__, pack.runs[0].model) as job:

        def produce(resume: Resume, folder: Path) -> None:
            samples = pack.runs[0].train_samples or len(job.data.train_images)
            images, heartbeat = len(pack.runs) * samples, resume.folder / HEARTBEAT
            progress = Progress(pack.id, pack.runs[0].epochs, "epoch", images=images, heartbeat=heartbeat)
            state, course = train_runs(pack.runs, job.data, progress.update, resume, arguments.cuda_graphs)
            write_results(folder, job, pack, state, course)

        job.deliver(arguments.output, produce)


if __name__ == "__main__":
    run_program(main)
