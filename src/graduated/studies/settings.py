"""The settings of every study, with their defaults. Imports no torch.

Each is one frozen dataclass, its values plain numbers, strings and tuples of them.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class SmoothingLaws:
    """Settings of ``smoothing_laws``.

    Attributes:
        smoothing: δ, the degree of smoothing.
        points: Equally spaced x in [−5, 5].
        draws: Monte-Carlo draws of the noise at each x.
        settling_draws: Numbers of draws, ascending, whose means are compared between repetitions.
        repetitions: Independent means of each number of draws.
        seed: Of the draws.
    """

    smoothing: float = 0.5
    points: int = 100
    draws: int = 1000
    settling_draws: tuple[int, ...] = (100, 1000, 10_000, 100_000)
    repetitions: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.smoothing < math.inf:
            raise ValueError(f"smoothing = {self.smoothing}: expected a positive number")
        for name, least in {"points": 2, "draws": 2, "repetitions": 20}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least {least}")
        numbers = self.settling_draws
        if len(numbers) < 2 or sorted(set(numbers)) != list(numbers) or numbers[0] < 2:
            raise ValueError(f"settling_draws = {numbers}: expected two or more ascending numbers from 2 on")


@dataclass(frozen=True)
class SmoothingGap:
    """Settings of ``smoothing_gap``.

    Attributes:
        smoothing: Degrees of smoothing δ, ascending.
        dimension: Dimensions d of the noise and of the functions.
        draws: Monte-Carlo draws that check the moments of the noise.
        seed: Of the draws.
    """

    smoothing: tuple[float, ...] = tuple(round(10 ** (step / 8 - 2), 6) for step in range(33))
    dimension: tuple[int, ...] = (1, 2, 10, 100, 1000)
    draws: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.smoothing or any(not 0 < value < math.inf for value in self.smoothing):
            raise ValueError(f"smoothing = {self.smoothing}: expected positive numbers")
        if not self.dimension or min(self.dimension) < 1:
            raise ValueError(f"dimension = {self.dimension}: expected numbers from 1 on")
        if self.draws < 2:
            raise ValueError(f"draws = {self.draws}: expected at least 2")


@dataclass(frozen=True)
class NiceFunctions:
    """Settings of ``nice_functions``.

    Attributes:
        shrink: γ, the factors from one degree of smoothing to the next, each in (0, 1).
        dimension: Dimensions of Rastrigin's function, the noise scaled to E‖u‖ ≤ 1.
        lowest: Least degree of smoothing δ examined, below 1.
        highest: Greatest degree of smoothing examined.
        levels: Degrees between them, equally spaced in log δ.
    """

    shrink: tuple[float, ...] = (0.5, 0.7, 0.9)
    dimension: tuple[int, ...] = (1, 2, 50)
    lowest: float = 0.003
    highest: float = 10.0
    levels: int = 80

    def __post_init__(self) -> None:
        if not self.shrink or any(not 0 < value < 1 for value in self.shrink):
            raise ValueError(f"shrink = {self.shrink}: expected numbers between 0 and 1")
        if not self.dimension or min(self.dimension) < 1:
            raise ValueError(f"dimension = {self.dimension}: expected numbers from 1 on")
        if not 0 < self.lowest < min(1, self.highest):
            raise ValueError(f"lowest = {self.lowest}: expected above 0, below 1 and {self.highest}")
        if not self.highest < math.inf:
            raise ValueError(f"highest = {self.highest}: expected a number")
        if self.levels < 2:
            raise ValueError(f"levels = {self.levels}: expected at least 2")


@dataclass(frozen=True)
class GlobalOptimizers:
    """Settings of ``global_optimizers``.

    Attributes:
        functions: Names of benchmark functions.
        dimension: D.
        seeds: Runs of each optimizer on each function.
        evaluations: Function evaluations that a run may use: a thousand per coordinate. The authors' own
            setting of explicit graduated optimization, which is measured beside, takes
            2·D·levels·steps·draws = 10.2 million; put that here to give the same to all (some two days on
            one core).
        success: f − f* at which a run has solved its problem.
        precision: f − f* at which a run stops.
        levels: Levels of smoothing.
        first: Smoothing of the first level, in the unit of the coordinates.
        last: That of the last.
        power: p of the schedule "nice", δ_m = first·(1 − m/levels)^p.
        steps: Gradient steps at each level.
        draws: Draws of the noise per step in the authors' setting.
    """

    functions: tuple[str, ...] = (
        "ackley",
        "alpine1",
        "drop_wave",
        "ellipsoid",
        "griewank",
        "happycat",
        "hgbat",
        "modified_ridge",
        "rastrigin",
        "rosenbrock",
        "rotated_ellipsoid",
        "salomon",
        "schaffer_f7",
        "schwefel",
        "schwefel221",
        "sphere",
    )
    dimension: int = 50
    seeds: int = 20
    evaluations: int = 50_000
    success: float = 1e-2
    precision: float = 1e-8
    levels: int = 51
    first: float = 1.0
    last: float = 0.01
    power: float = 1.0
    steps: int = 20
    draws: int = 100

    def __post_init__(self) -> None:
        for name, least in (("dimension", 2), ("seeds", 2), ("levels", 3), ("steps", 1), ("draws", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least {least}")
        if len(set(self.functions)) != len(self.functions) or not self.functions:
            raise ValueError(f"functions = {self.functions}: expected at least one, each once")
        if not 0 < self.precision <= self.success:
            raise ValueError(f"precision = {self.precision}: expected in (0, success = {self.success}]")
        if not 0 < self.last < self.first:
            raise ValueError(f"first = {self.first}, last = {self.last}: expected first > last > 0")
        if not self.power > 0:
            raise ValueError(f"power = {self.power}: expected a number greater than 0")
        least = 3 * self.steps * 2 * self.dimension
        if self.evaluations < least:
            raise ValueError(f"evaluations = {self.evaluations}: three levels of smoothing take {least}")


@dataclass(frozen=True)
class DescentIdentity:
    """Settings of ``descent_identity``.

    Attributes:
        laws: Light-tailed laws of the gradient noise, centred and scaled to E‖ω‖² = C²/b.
        learning_rates: η, of which the last is that of the finite sum.
        smoothings: δ = ηC/√b, so that the size of the noise is C/√b = δ/η.
        points: Points of each comparison, uniform in [−5, 5]^D.
        dimension: D.
        draws: Of the noise at each point.
        samples: n, of the finite sum.
        largest_batch: Largest mini-batch drawn with replacement; there are n^b of them.
        seed: Of points, noise and finite sum.
    """

    laws: tuple[str, ...] = ("gaussian", "uniform", "exponential", "rayleigh")
    learning_rates: tuple[float, ...] = (0.001, 0.005, 0.02)
    smoothings: tuple[float, ...] = (0.05, 0.2, 0.5)
    points: int = 20
    dimension: int = 2
    draws: int = 10_000
    samples: int = 6
    largest_batch: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        light = ("gaussian", "uniform", "exponential", "rayleigh")
        if not self.laws or not set(self.laws) <= set(light):
            raise ValueError(f"laws = {self.laws}: expected some of {', '.join(light)}")
        for name in ("learning_rates", "smoothings"):
            values = getattr(self, name)
            if not values or any(not 0 < value < math.inf for value in values):
                raise ValueError(f"{name} = {values}: expected positive numbers")
        smallest = {"points": 1, "dimension": 1, "draws": 100, "samples": 2, "largest_batch": 1}
        for name, least in smallest.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least {least}")
        if self.samples**self.largest_batch > 10**6:
            raise ValueError(
                f"largest_batch = {self.largest_batch}: there are {self.samples}^{self.largest_batch} "
                "mini-batches to list; expected at most a million"
            )


@dataclass(frozen=True)
class Convergence:
    """Settings of ``convergence``.

    Attributes:
        dimensions: Dimensions D of the functions whose global minimum is sought.
        starts: Starts, uniform in [−5, 5]^D.
        steps: Gradients that each method may take from a start.
        last: Degree of smoothing δ that ends a graduated optimization.
        decays: γ, the factors from one degree of smoothing to the next, in [0.5, 1).
        sgd_smoothings: δ = ηC/√b of SGD at constant noise.
        accuracies: ε, the distances f − f* whose number of steps is counted.
        seed: Of starts and noise.
    """

    dimensions: tuple[int, ...] = (1, 2, 3)
    starts: int = 1000
    steps: int = 10_000
    last: float = 0.01
    decays: tuple[float, ...] = (0.5, 0.7, 0.9)
    sgd_smoothings: tuple[float, ...] = (0.02, 0.1, 0.5)
    accuracies: tuple[float, ...] = tuple(round(10 ** (-1 - step / 4), 8) for step in range(13))
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.dimensions or min(self.dimensions) < 1:
            raise ValueError(f"dimensions = {self.dimensions}: expected numbers from 1 on")
        for name, least in {"starts": 10, "steps": 1}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least {least}")
        if not 0 < self.last < 1:
            raise ValueError(f"last = {self.last}: expected a number between 0 and 1")
        if not self.decays or any(not 0.5 <= value < 1 for value in self.decays):
            raise ValueError(f"decays = {self.decays}: expected numbers in [0.5, 1)")
        if not self.sgd_smoothings or any(not 0 < value < math.inf for value in self.sgd_smoothings):
            raise ValueError(f"sgd_smoothings = {self.sgd_smoothings}: expected positive numbers")
        if len(self.accuracies) < 3 or any(not 0 < value < 1 for value in self.accuracies):
            raise ValueError(f"accuracies = {self.accuracies}: expected three or more between 0 and 1")


@dataclass(frozen=True)
class AlongTraining:
    """Settings of the studies that measure on networks along their training.

    Attributes:
        learning_rate: η of the training.
        batch_size: b of the training.
        seed: Of the runs, two or more: an interval over runs needs them.
        epochs: Epochs after which to measure, ascending; 0 is at initialisation.
    """

    learning_rate: float = 0.1
    batch_size: int = 32
    seed: tuple[int, ...] = (0, 1, 2)
    epochs: tuple[int, ...] = (0, 25, 50)

    def __post_init__(self) -> None:
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate = {self.learning_rate}: expected a positive number")
        if self.batch_size < 1:
            raise ValueError(f"batch_size = {self.batch_size}: expected at least 1")
        if len(set(self.seed)) < max(len(self.seed), 2):
            raise ValueError(f"seed = {self.seed}: expected two or more different seeds")
        if not self.epochs or self.epochs[0] < 0 or sorted(set(self.epochs)) != list(self.epochs):
            raise ValueError(f"epochs = {self.epochs}: expected one or more ascending numbers from 0 on")


@dataclass(frozen=True)
class NoiseLaw(AlongTraining):
    """Settings of ``noise_law``.

    Attributes:
        learning_rate: η of the training.
        batch_size: b of the training.
        seed: Of the runs, two or more.
        epochs: Epochs after which to measure, ascending; 0 is at initialisation.
        samples: The training set is the first so many images, without augmentation; None is all.
        largest_batch_size: Batch sizes are the powers of two up to here and below the training set's size.
        images: Images drawn for each batch size b, in images / b mini-batches.
        fewest_batches: Least number of mini-batches of a size, where images / b is less.
        chunk_size: Images in one backward pass, or one mini-batch where that is larger; speed and memory.
    """

    samples: int | None = None
    largest_batch_size: int = 4096
    images: int = 1536
    fewest_batches: int = 10
    chunk_size: int = 512

    def __post_init__(self) -> None:
        super().__post_init__()
        least = {"samples": 8, "largest_batch_size": 4, "images": 2, "fewest_batches": 2, "chunk_size": 1}
        for name, bound in least.items():
            value = getattr(self, name)
            if value is not None and value < bound:
                raise ValueError(f"{name} = {value}: expected at least {bound}")


@dataclass(frozen=True)
class Trajectories:
    """Settings of ``trajectories``.

    Attributes:
        law: Of the gradient noise, ``gaussian`` or ``uniform``, scaled to E‖ω‖² = C²/b.
        starts: Starts of each arm, uniform in [−5, 5].
        relative_rates: ηL_g, learning rates over their inverse of Rastrigin's curvature L_g = 396.8.
        smoothings: δ = ηC/√b of constant noise; the basins are 1 wide.
        time: ηT, learning rate times steps, at constant noise.
        schedule_rate: ηL_g at the beginning of a schedule.
        first_smoothings: δ_1 of the schedules.
        decay: γ, what δ is multiplied by from stage to stage.
        stages: How many.
        stage_steps: Steps of each stage; the first number for all schedules, the others for one.
        seed: Of starts and noise.
    """

    law: str = "gaussian"
    starts: int = 500
    relative_rates: tuple[float, ...] = (0.1, 0.25, 0.5, 1.0)
    smoothings: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2, 0.4)
    time: float = 2.0
    schedule_rate: float = 1.0
    first_smoothings: tuple[float, ...] = (0.2, 0.5, 1.0)
    decay: float = 0.8
    stages: int = 24
    stage_steps: tuple[int, ...] = (400, 100, 1600)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.law not in ("gaussian", "uniform"):
            raise ValueError(f"law = {self.law!r}: expected gaussian or uniform")
        for name, rates in {
            "relative_rates": self.relative_rates,
            "schedule_rate": (self.schedule_rate,),
        }.items():
            if not rates or any(not 0 < rate < 2 for rate in rates):
                raise ValueError(f"{name} = {rates}: expected in (0, 2), where gradient descent is stable")
        for name in ("smoothings", "first_smoothings"):
            values = getattr(self, name)
            if not values or any(not 0 < value < math.inf for value in values):
                raise ValueError(f"{name} = {values}: expected positive numbers")
        if not 0 < self.time < math.inf:
            raise ValueError(f"time = {self.time}: expected a positive number")
        if not 0 < self.decay < 1:
            raise ValueError(f"decay = {self.decay}: expected a number between 0 and 1")
        if self.starts < 10 or self.stages < 1:
            raise ValueError(f"starts, stages = {self.starts}, {self.stages}: expected at least 10 and 1")
        if not self.stage_steps or min(self.stage_steps) < 1:
            raise ValueError(f"stage_steps = {self.stage_steps}: expected numbers from 1 on")
        if len(set(self.stage_steps)) < len(self.stage_steps):
            raise ValueError(f"stage_steps = {self.stage_steps}: expected each number once")


@dataclass(frozen=True)
class NoiseEstimators(AlongTraining):
    """Settings of ``noise_estimators``.

    Attributes:
        learning_rate: η of the training.
        batch_size: b of the training.
        seed: Of the runs, two or more.
        epochs: Epochs after which to measure, ascending; 0 is at initialisation.
        samples: The training set is the first so many images, without augmentation; None is all.
        small_batch_size: b of the pairs of batch sizes.
        large_batch_size: B of the pairs, a multiple of b.
        pairs: Pairs of mini-batches of a network and mode.
        chunk_size: Per-sample gradients in memory at a time.
    """

    epochs: tuple[int, ...] = (0, 1, 2, 5, 10, 20, 50)
    samples: int | None = None
    small_batch_size: int = 16
    large_batch_size: int = 256
    pairs: int = 30
    chunk_size: int = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.epochs) < 2:
            raise ValueError(f"epochs = {self.epochs}: expected two or more, to see a change")
        for name, least in {"samples": 4, "small_batch_size": 2, "pairs": 2, "chunk_size": 1}.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"{name} = {value}: expected at least {least}")
        small, large = self.small_batch_size, self.large_batch_size
        if large <= small or large % small:
            raise ValueError(f"large_batch_size = {large}: expected a multiple of small_batch_size = {small}")
        if self.samples is not None and large > self.samples:
            raise ValueError(f"large_batch_size = {large}: expected at most samples = {self.samples}")


@dataclass(frozen=True)
class NoiseTails(AlongTraining):
    """Settings of ``noise_tails``.

    Attributes:
        learning_rate: η of the training.
        batch_size: b of the training.
        seed: Of the runs, two or more.
        epochs: Epochs after which to measure, ascending; 0 is at initialisation.
        samples: The training set is the first so many images, without augmentation; None is all.
        measured_batch_size: Batch sizes whose noise is measured, ascending, two or more.
        batches: Mini-batches of each size.
        coordinates: Randomly chosen coordinates of the noise that are pooled.
        directions: Random directions that the noise is projected on.
        images_at_once: Images in one pass of the gradient on the whole training set.
        chunk_size: Images in one backward pass, or one mini-batch where that is larger; speed and memory.
    """

    epochs: tuple[int, ...] = (0, 2, 10, 50)
    samples: int | None = None
    measured_batch_size: tuple[int, ...] = (8, 32, 128)
    batches: int = 200
    coordinates: int = 256
    directions: int = 16
    images_at_once: int = 4096
    chunk_size: int = 512

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = self.measured_batch_size
        if len(sizes) < 2 or sizes[0] < 2 or sorted(set(sizes)) != list(sizes):
            raise ValueError(f"measured_batch_size = {sizes}: expected several ascending numbers from 2 on")
        least = {"samples": 8, "batches": 50, "coordinates": 16, "directions": 4, "images_at_once": 2}
        for name, bound in {**least, "chunk_size": 1}.items():
            value = getattr(self, name)
            if value is not None and value < bound:
                raise ValueError(f"{name} = {value}: expected at least {bound}")


@dataclass(frozen=True)
class SharpnessSensitivity(AlongTraining):
    """Settings of ``sharpness_sensitivity``.

    Attributes:
        learning_rate: η of the training.
        batch_size: b of the training.
        seed: Of the runs, two or more.
        epochs: Epochs after which to measure, ascending; 0 is at initialisation.
        radius: Radii ρ, ascending; the default is the paper's and the grid of Andriushchenko et al.
        reference_radius: That of the setting which the others are compared with, one of them.
        measured_samples: Numbers n of images, multiples of the reference's m.
        reference_samples: That of the reference, one of them and a multiple of every m.
        measured_batch_size: Numbers m of images maximised over together.
        reference_batch_size: That of the reference, one of them.
        steps: Steps of a search.
        restarts: Searches of Auto-PGD.
    """

    seed: tuple[int, ...] = (0, 1, 2, 3)
    epochs: tuple[int, ...] = (3, 10, 30)
    radius: tuple[float, ...] = (0.0002, 0.0005, 0.001, 0.002, 0.004)
    reference_radius: float = 0.0002
    measured_samples: tuple[int, ...] = (128, 256, 512, 1024)
    reference_samples: int = 256
    measured_batch_size: tuple[int, ...] = (32, 64, 128, 256)
    reference_batch_size: int = 128
    steps: int = 20
    restarts: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("radius", "measured_samples", "measured_batch_size"):
            values, reference = getattr(self, name), f"reference_{name.removeprefix('measured_')}"
            value = getattr(self, reference)
            if len(values) < 2 or values[0] <= 0 or sorted(set(values)) != list(values):
                raise ValueError(f"{name} = {values}: expected two or more ascending positive numbers")
            if value not in values:
                raise ValueError(f"{reference} = {value}: expected one of {name}, {values}")
        if any(number % self.reference_batch_size for number in self.measured_samples):
            multiples = f"multiples of reference_batch_size, {self.reference_batch_size}"
            raise ValueError(f"measured_samples = {self.measured_samples}: expected {multiples}")
        if any(self.reference_samples % size for size in self.measured_batch_size):
            divisors = f"divisors of reference_samples, {self.reference_samples}"
            raise ValueError(f"measured_batch_size = {self.measured_batch_size}: expected {divisors}")
        for name in ("steps", "restarts"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: expected at least 1")
