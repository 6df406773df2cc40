"""Measure one kind of sharpness of every run of a trained pack."""

from pathlib import Path

import _source  # noqa: F401
from graduated.job import job_parser, start_job
from graduated.program import run_program
from graduated.sharpness.packs import pack_record
from graduated.sharpness.settings import make_measure
from graduated.storage import read_json, write_json
from graduated.training.published import PublishedPack


def main() -> None:
    parser = job_parser(__doc__)
    parser.add_argument("--pack", type=Path, required=True, help="record of the trained pack (JSON)")
    arguments = parser.parse_args()
    settings = make_measure(**read_json(arguments.specification))
    pack = PublishedPack.read(arguments.pack)
    with start_job(arguments, __file__, pack.runs[0].model) as job:
        measured = pack_record(arguments.specification.stem, pack, job.data, settings)
        write_json(arguments.output, {**measured, **job.provenance()})


if __name__ == "__main__":
    run_program(main)
