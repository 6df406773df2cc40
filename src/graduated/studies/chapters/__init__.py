"""The entries of the catalogue, by part of the project. Imports no torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Study:
    """One study.

    Attributes:
        question: What it asks, one line.
        measuring: Module with ``measure(settings, report) -> Findings``; of a study on networks
            ``measure(settings, training, report, resume) -> Findings``, training being an untrained pack.
        drawing: Module with ``FIGURES``, functions of the study's tables by file name.
        settings: Its settings' class.
        tables: Names of its tables.
        figures: Names of its figures.
        on_network: Whether it trains networks of the preset. Its settings then hold learning_rate,
            batch_size, seed (several) and epochs (several, the times of measurement).
    """

    question: str
    measuring: str
    drawing: str
    settings: type
    tables: tuple[str, ...]
    figures: tuple[str, ...]
    on_network: bool = False
