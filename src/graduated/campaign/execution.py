"""Doing one task in this process: what the programs of the same name do, but for the files of weights."""

import hashlib
import shutil
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from graduated.campaign.plan import CampaignPlan
from graduated.campaign.tasks import (
    MEASURE,
    STEPS,
    TRAIN,
    Task,
    sharpness_record,
    sharpness_specification,
)
from graduated.data.images import ImageData
from graduated.job import Job
from graduated.noise.probes import steps_to_threshold, variance_along_training
from graduated.provenance import Stopwatch, environment
from graduated.resume import Resume
from graduated.sharpness.packs import pack_record
from graduated.sharpness.settings import make_measure
from graduated.storage import encode_tensors, to_json, write_if_changed, write_json
from graduated.training.history import Report, write_course
from graduated.training.pack import PackTraining
from graduated.training.published import PublishedPack
from graduated.training.split import train_runs


@dataclass(frozen=True)
class Bench:
    """Where tasks are done.

    Attributes:
        plan: The campaign's plan.
        results: Folder of the results, laid out like ``results/PRESET``.
        record: Record of the decoded dataset.
        data: The dataset, on the device.
        device: The device.
    """

    plan: CampaignPlan
    results: Path
    record: Path
    data: ImageData
    device: torch.device

    @property
    def captured(self) -> bool:
        """Whether training steps are replayed as CUDA graphs."""
        return self.plan.compute["cuda_graphs"] and self.device.type == "cuda"

    def job(self, program: str, specification: str, value: Any) -> Job:
        """Return a job as the program would start it, its specification written.

        Args:
            program: Name of the program.
            specification: Path of the specification in the results folder.
            value: What it holds.
        """
        path = self.results / specification
        write_if_changed(path, to_json(value))
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        known = {**environment(self.device), "git_commit": self.plan.commit}
        sources = self.plan.source(program, specification)
        files = Namespace(specification=path, data=self.record)
        return Job(self.device, self.data, files, sources, known, Stopwatch(self.device))

    def resume(self, task: Task, job: Job) -> Resume:
        """Return the state of a task."""
        return Resume(self.results / task.state_folder, job.key, self.plan.compute["checkpoint_seconds"])


def execute(task: Task, bench: Bench, report: Report) -> None:
    """Do a task and write its files; go on from its state if there is one, and remove it at the end.

    Args:
        task: The task.
        bench: Where.
        report: Told the epochs done.

    Raises:
        Interrupted: The training was stopped; its state has been saved.
    """
    job = bench.job(task.program, task.specification, task.value)
    do = {TRAIN: _train_and_measure, STEPS: _count_steps}.get(task.program, _measure_variance)
    do(task, bench, job, report)
    shutil.rmtree(bench.results / task.state_folder)
    if bench.device.type == "cuda":
        torch.cuda.empty_cache()


def _train_and_measure(task: Task, bench: Bench, job: Job, report: Report) -> None:
    with bench.resume(task, job) as resume:
        state, course = train_runs(task.runs, bench.data, report, resume, bench.captured)
    weights = hashlib.sha256(encode_tensors(state)).hexdigest()
    folder = (bench.results / task.record).parent
    write_course(folder, task.name, task.runs, course, weights, job.provenance())
    finished = tuple(epoch is None for epoch in course.diverged_epoch)
    pack = PublishedPack(task.runs, finished, state, weights)
    for measure in task.measures:
        _measure(task, bench, measure, pack)


def _measure(task: Task, bench: Bench, measure: str, pack: PublishedPack) -> None:
    specification = sharpness_specification(measure)
    value = bench.plan.specifications[specification]
    job = bench.job(MEASURE, specification, value)
    measured = pack_record(measure, pack, bench.data, make_measure(**value))
    write_json(bench.results / sharpness_record(measure, task.name), {**measured, **job.provenance()})


def _measure_variance(task: Task, bench: Bench, job: Job, report: Report) -> None:
    probe = {key: value for key, value in task.value.items() if key != "runs"}
    with bench.resume(task, job) as resume:
        training = PackTraining(task.runs, bench.data, bench.captured)
        rows = variance_along_training(training, **probe, report=report, resume=resume)
    write_json(bench.results / task.record, {"estimates": rows, **job.provenance()})


def _count_steps(task: Task, bench: Bench, job: Job, report: Report) -> None:
    probe = {key: task.value[key] for key in ("threshold", "first_epoch")}
    with bench.resume(task, job) as resume:
        training = PackTraining(task.runs, bench.data, bench.captured)
        rows = steps_to_threshold(training, **probe, report=report, resume=resume)
    write_json(bench.results / task.record, {"steps": rows, **job.provenance()})
