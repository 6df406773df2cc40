"""Train one pack of runs; write its weights, history, timing and record into a folder."""

import _source  # noqa: F401
from graduated.experiment.packs import Pack
from graduated.job import job_parser, start_job
from graduated.program import run_program
from graduated.progress import Progress
from graduated.storage import sha256, write_json, write_table, write_tensors
from graduated.training.history import run_records, train_pack
from graduated.training.pack import PackTraining


def main() -> None:
    arguments = job_parser(__doc__).parse_args()
    folder, pack = arguments.output, Pack.read(arguments.specification)
    with start_job(arguments, __file__) as job:
        training = PackTraining(pack.runs, job.data)
        outcome = train_pack(training, Progress(pack.id, pack.runs[0].epochs, "epoch").update)
        weights = write_tensors(folder / "weights.safetensors", training.state())
        write_table(folder / "history.csv", outcome.history)
        write_table(folder / "timing.csv", outcome.timing)
        record = {
            "pack": pack.id,
            "runs": run_records(pack.runs, outcome),
            "checksums": {"weights": weights, "history": sha256(folder / "history.csv")},
            **job.provenance(),
        }
        write_json(folder / "record.json", record)


if __name__ == "__main__":
    run_program(main)
