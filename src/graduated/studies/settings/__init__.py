"""The settings of every study, with their defaults. Imports no torch.

Each is one frozen dataclass, its values plain numbers, strings and tuples of them.
"""

from graduated.studies.settings.descent import DescentTheory, DoubleDescent, Regularisation
from graduated.studies.settings.functions import (
    Convergence,
    DescentIdentity,
    NiceFunctions,
    SmoothingGap,
    SmoothingLaws,
    Trajectories,
)
from graduated.studies.settings.networks import (
    AlongTraining,
    HessianSpectrum,
    NoiseEstimators,
    NoiseLaw,
    NoiseTails,
    SharpnessSensitivity,
)
from graduated.studies.settings.optimizer_laws import OptimizerLaws
from graduated.studies.settings.optimizers import GlobalOptimizers
from graduated.studies.settings.saddles import SaddleToSaddle
from graduated.studies.settings.teleportation import TeleportationOnDigits, TeleportationTheory

__all__ = [
    "AlongTraining",
    "Convergence",
    "DescentIdentity",
    "DescentTheory",
    "DoubleDescent",
    "GlobalOptimizers",
    "HessianSpectrum",
    "NiceFunctions",
    "NoiseEstimators",
    "NoiseLaw",
    "NoiseTails",
    "OptimizerLaws",
    "Regularisation",
    "SaddleToSaddle",
    "SharpnessSensitivity",
    "SmoothingGap",
    "SmoothingLaws",
    "TeleportationOnDigits",
    "TeleportationTheory",
    "Trajectories",
]
