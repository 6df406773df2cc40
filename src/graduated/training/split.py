"""Training a pack that does not fit into memory: its halves one after the other, with the same results."""

import sys
from collections.abc import Sequence
from itertools import zip_longest

import torch
from torch import Tensor

from graduated.data.images import ImageData
from graduated.experiment.run import Run
from graduated.resume import Resume
from graduated.training.history import Course, Report, train_pack
from graduated.training.pack import PackTraining


def train_runs(
    runs: Sequence[Run], data: ImageData, report: Report, resume: Resume, captured: bool = False
) -> tuple[dict[str, Tensor], Course]:
    """Train runs as one pack, or in halves where the device's memory does not suffice.

    A replica computes in a half what it does in the whole. Halves start anew, since an exhausted memory may
    leave a step half done.

    Args:
        runs: The pack's runs.
        data: The dataset, on the device to compute on.
        report: Told how far the training is; each half starts from 0.
        resume: Where to go on from, and to save the state now and then.
        captured: Whether to replay steps as CUDA graphs.

    Returns:
        Stacked weights and buffers, and how the training went.

    Raises:
        Interrupted: A signal came; the state has been saved.
        torch.OutOfMemoryError: A single run does not fit.
    """
    if not resume.part_folder(0).is_dir():
        try:
            return _train_whole(runs, data, report, resume, captured)
        except torch.OutOfMemoryError:
            if len(runs) == 1:
                raise
            resume.clear()
        torch.cuda.empty_cache()
        print(f"out of memory with {len(runs)} replicas: going on in halves", file=sys.stderr, flush=True)
    middle = len(runs) // 2
    results = []
    for index, half in enumerate((runs[:middle], runs[middle:])):
        with resume.part(index) as part:
            state, course = train_runs(half, data, report, part, captured)
            results.append(({name: tensor.cpu() for name, tensor in state.items()}, course))
    states, courses = zip(*results, strict=True)
    return {name: torch.cat([state[name] for state in states]) for name in states[0]}, _merge(courses)


def _train_whole(
    runs: Sequence[Run], data: ImageData, report: Report, resume: Resume, captured: bool
) -> tuple[dict[str, Tensor], Course]:
    """Train runs as one pack, of which nothing is left in memory where that fails."""
    training = PackTraining(runs, data, captured)
    course = train_pack(training, report, resume)
    return training.state(), course


def _merge(courses: Sequence[Course]) -> Course:
    """Join the courses of the parts of a pack as if it had been trained whole."""
    rows = sorted((row for course in courses for row in course.rows), key=lambda row: row["epoch"])
    timing = []
    for epoch, parts in enumerate(zip_longest(*(course.timing for course in courses)), start=1):
        done = [part for part in parts if part]
        seconds = sum(part["seconds"] for part in done)
        images = sum(part["seconds"] * part["images_per_second"] for part in done)
        timing.append({"epoch": epoch, "seconds": seconds, "images_per_second": images / seconds})
    return Course(rows, timing, [epoch for course in courses for epoch in course.diverged_epoch])
