"""Imprints, the lines below figures: whose preset, which network, how many epochs. Imports no torch."""

from graduated.experiment.plan import Plan
from graduated.studies.catalogue import STUDIES


def training_imprint(plan: Plan) -> str:
    """Return the imprint of figures of the preset's trainings: of the grid and of comparisons."""
    epochs = plan.config["training"]["epochs"]
    return _imprint(plan, _network(plan), f"{epochs} epoch{'s' * (epochs != 1)}")


def noise_imprint(plan: Plan) -> str:
    """Return the imprint of the figures of C², without epochs: each estimator's probes have their own."""
    return _imprint(plan, _network(plan))


def study_imprint(plan: Plan, study: str) -> str:
    """Return the imprint of a study's figures: the last epoch measured, where it trains networks of its own.

    Args:
        plan: The plan.
        study: Name of one of its studies.
    """
    if not STUDIES[study].on_network:
        return _imprint(plan)
    return _imprint(plan, _network(plan), f"up to epoch {max(plan.studies[study].epochs)}")


def _network(plan: Plan) -> str:
    return f"{plan.config['model']['name']} on {plan.config['dataset']}"


def _imprint(plan: Plan, *parts: str) -> str:
    return " · ".join(["graduated", f"preset {plan.config['preset']}", *parts])
