"""The built-in networks and their options, as a preset names them. Imports no torch."""

from collections.abc import Mapping
from typing import Any

from graduated.references import is_reference

NETWORKS = {
    "resnet18": ("width",),
    "small_resnet": ("width", "stem_stride"),
    "wide_resnet28_10": ("depth", "widen"),
}
"""Names of the options of each network; all are whole numbers from 1 on."""


def check_network(name: str, options: Mapping[str, Any]) -> None:
    """Make sure that there is such a network; options of the user's own are left to it.

    Args:
        name: Of the network, or ``module:function``.
        options: Its further arguments.

    Raises:
        ValueError: One line that names the key.
    """
    if is_reference(name):
        return
    if name not in NETWORKS:
        raise ValueError(
            f"name: {name!r} is unknown; expected one of {', '.join(NETWORKS)} or module:function"
        )
    for key, value in options.items():
        if key not in NETWORKS[name]:
            raise ValueError(f"options.{key}: unknown; expected {' or '.join(NETWORKS[name])}")
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"options.{key}: expected a whole number from 1 on, found {value!r}")
        if key == "depth" and (value < 10 or value % 6 != 4):
            raise ValueError(f"options.depth: expected 6n + 4 with n from 1 on, found {value}")
