from dataclasses import dataclass
from typing import Literal

import pytest

from graduated.options import construct


@dataclass(frozen=True)
class Settings:
    norm: Literal["linf", "l2"]
    radius: float = 0.1
    adaptive: bool = False
    steps: int | None = None
    epochs: tuple[int, ...] = ()


def test_options_become_fields():
    options = {"norm": "l2", "radius": 1, "adaptive": True, "steps": 3, "epochs": (0, 5)}
    assert construct(Settings, options) == Settings("l2", 1, True, 3, (0, 5))
    assert construct(Settings, {"radius": 2.5}, "linf") == Settings("linf", 2.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "norm: expected linf or l2, found nothing"),
        ({"norm": "l1"}, "norm: expected linf or l2, found 'l1'"),
        ({"norm": ["l2"]}, r"norm: expected linf or l2, found \['l2'\]"),
        ({"norm": "l2", "radius": True}, "radius: expected a number, found True"),
        ({"norm": "l2", "radius": "2e-4"}, "radius: expected a number, found '2e-4'"),
        ({"norm": "l2", "adaptive": 1}, "adaptive: expected true or false, found 1"),
        ({"norm": "l2", "adaptive": "no"}, "adaptive: expected true or false, found 'no'"),
        ({"norm": "l2", "steps": 2.0}, "steps: expected an integer or null, found 2.0"),
        ({"norm": "l2", "epochs": 5}, "epochs: expected a list, each of them an integer, found 5"),
        ({"norm": "l2", "epochs": (True,)}, r"epochs: expected a list, .*, found \(True,\)"),
        ({"norm": "l2", "p": 2}, "option 'p' is unknown; expected norm, radius, adaptive, steps, epochs"),
    ],
)
def test_other_options_are_named(options, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        construct(Settings, options)
