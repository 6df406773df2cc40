"""Train one pack of runs; write its weights, history, timing and record into a folder.

Interrupted at any moment, it goes on from its last checkpoint to the same bytes.
"""

from pathlib import Path

import _source  # noqa: F401
from graduated.experiment.packs import Pack
from graduated.job import add_training_arguments, job_parser, start_job
from graduated.program import run_program
from graduated.progress import HEARTBEAT, Progress
from graduated.resume import Resume
from graduated.storage import write_tensors
from graduated.training.history import write_course
from graduated.training.split import train_runs


def main() -> None:
    parser = job_parser(__doc__)
    add_training_arguments(parser)
    arguments = parser.parse_args()
    pack = Pack.read(arguments.specification)
    with start_job(arguments, __file__) as job:

        def produce(resume: Resume, folder: Path) -> None:
            samples = pack.runs[0].train_samples or len(job.data.train_images)
            images, heartbeat = len(pack.runs) * samples, resume.folder / HEARTBEAT
            progress = Progress(pack.id, pack.runs[0].epochs, "epoch", images=images, heartbeat=heartbeat)
            state, course = train_runs(pack.runs, job.data, progress.update, resume, arguments.cuda_graphs)
            weights = write_tensors(folder / "weights.safetensors", state)
            write_course(folder, pack.id, pack.runs, course, weights, job.provenance())

        job.deliver(arguments.output, produce)


if __name__ == "__main__":
    run_program(main)
