"""Measure C², the variance of the stochastic gradient, along a short training."""

from pathlib import Path

import _source  # noqa: F401
from graduated.experiment.run import Run
from graduated.job import add_training_arguments, job_parser, start_job
from graduated.noise.probes import variance_along_training
from graduated.program import run_program
from graduated.progress import HEARTBEAT, Progress
from graduated.resume import Resume
from graduated.storage import read_json, write_json
from graduated.training.pack import PackTraining


def main() -> None:
    parser = job_parser(__doc__)
    add_training_arguments(parser)
    arguments = parser.parse_args()
    probe = read_json(arguments.specification)
    runs = [Run.from_specification(run) for run in probe.pop("runs")]
    with start_job(arguments, __file__) as job:

        def produce(resume: Resume, folder: Path) -> None:
            label, heartbeat = "C² along training", resume.folder / HEARTBEAT
            report = Progress(label, max(probe["epochs"]), "epoch", heartbeat=heartbeat).update
            rows = variance_along_training(
                PackTraining(runs, job.data, arguments.cuda_graphs), **probe, report=report, resume=resume
            )
            write_json(folder / arguments.output.name, {"estimates": rows, **job.provenance()})

        job.deliver(arguments.output.parent, produce)


if __name__ == "__main__":
    run_program(main)
