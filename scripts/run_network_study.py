"""Carry out one study on networks of a preset: train them, measure on the way, write tables and verdicts.

Interrupted at any moment, it goes on from its last checkpoint to the same bytes.
"""

from pathlib import Path

import _source  # noqa: F401
from graduated.experiment.run import Run
from graduated.job import add_training_arguments, job_parser, start_job
from graduated.program import run_program
from graduated.progress import HEARTBEAT, Progress
from graduated.references import resolve
from graduated.resume import Resume
from graduated.storage import read_json
from graduated.studies.catalogue import make_settings
from graduated.studies.folder import write_findings
from graduated.training.pack import PackTraining


def main() -> None:
    parser = job_parser(__doc__)
    add_training_arguments(parser)
    arguments = parser.parse_args()
    specification = read_json(arguments.specification)
    name = specification["study"]
    settings = make_settings(name, specification["settings"])
    runs = [Run.from_specification(run) for run in specification["runs"]]
    with start_job(arguments, __file__) as job:

        def produce(resume: Resume, folder: Path) -> None:
            progress = Progress(name, 100, "%", heartbeat=resume.folder / HEARTBEAT)
            training = PackTraining(runs, job.data, arguments.cuda_graphs)
            findings = resolve(specification["measuring"])(
                settings, training, lambda done, detail="": progress.update(100 * done, detail), resume
            )
            write_findings(folder, name, settings, findings, job.provenance())

        job.deliver(arguments.output, produce)


if __name__ == "__main__":
    run_program(main)
