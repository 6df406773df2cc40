"""Measure C², the variance of the stochastic gradient, by per-sample gradients along a short training."""

import _source  # noqa: F401
from graduated.experiment.run import Run
from graduated.job import job_parser, start_job
from graduated.noise.probes import variance_along_training
from graduated.program import run_program
from graduated.progress import Progress
from graduated.storage import read_json, write_json
from graduated.training.pack import PackTraining


def main() -> None:
    arguments = job_parser(__doc__).parse_args()
    probe = read_json(arguments.specification)
    runs = [Run.from_specification(run) for run in probe.pop("runs")]
    with start_job(arguments, __file__) as job:
        progress = Progress("C² along training", max(probe["epochs"]), "epoch")
        rows = variance_along_training(PackTraining(runs, job.data), **probe, report=progress.update)
        write_json(arguments.output, {"estimates": rows, **job.provenance()})


if __name__ == "__main__":
    run_program(main)
