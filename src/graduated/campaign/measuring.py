"""Sharpness of packs on machines without curvlinops: every measure but those of the Hessian."""

import sys
from importlib.util import find_spec
from types import ModuleType

from graduated.campaign.plan import CampaignPlan
from graduated.campaign.tasks import sharpness_specification

CURVLINOPS = "curvlinops"


class _Absent:
    def __init__(self, *_: object, **__: object):
        raise ValueError(f"{CURVLINOPS} is not installed")


class _StandIn(ModuleType):
    """What is imported from it can be named and subclassed, but not used."""

    def __getattr__(self, name: str) -> type[_Absent]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Absent


HAS_CURVLINOPS = find_spec(CURVLINOPS) is not None
if not HAS_CURVLINOPS:
    sys.modules[CURVLINOPS] = _StandIn(CURVLINOPS)

from graduated.sharpness.packs import pack_sharpness  # noqa: E402

__all__ = ["check_measures", "pack_sharpness"]


def check_measures(plan: CampaignPlan) -> None:
    """Make sure that all measures of a plan can be taken here.

    Raises:
        ValueError: One needs a package that is missing.
    """
    for measure in plan.measures:
        method = plan.specifications[sharpness_specification(measure)]["method"]
        if method == "curvature" and not HAS_CURVLINOPS:
            raise ValueError(f"sharpness.{measure}: needs {CURVLINOPS}, which is not installed here")
