"""Which measures of sharpness a machine can take."""

from importlib.util import find_spec

from graduated.campaign.plan import CampaignPlan
from graduated.campaign.tasks import sharpness_specification
from graduated.sharpness.settings import Curvature, make_measure

CURVLINOPS = "curvlinops"


def check_measures(plan: CampaignPlan) -> None:
    """Make sure that all measures of a plan can be taken here.

    Raises:
        ValueError: One is of the Hessian, and curvlinops is not installed.
    """
    for measure in plan.measures:
        settings = make_measure(**plan.specifications[sharpness_specification(measure)])
        if isinstance(settings, Curvature) and not find_spec(CURVLINOPS):
            raise ValueError(f"sharpness.{measure}: needs {CURVLINOPS}, which is not installed here")
