"""Sharpness of K trained networks at once: how far the loss can rise near the weights."""

from importlib import import_module

from graduated.sharpness.settings import Sharpness

_HOMES = {
    "Logits": "objective",
    "SharpnessResult": "released",
    "check_evaluation": "objective",
    "checkpoints": "released",
    "first_batches": "objective",
    "loss_and_error": "objective",
    "stacked": "objective",
    "worst_case_sharpness": "released",
}

__all__ = ["Sharpness", *_HOMES]


def __getattr__(name: str) -> object:
    """Import what needs torch only when it is asked for, so that the settings alone stay light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
