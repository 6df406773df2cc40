"""Networks and losses that no number may be reported of, by every function that measures a user's own."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from graduated.noise.noise_scale import per_sample_noise_scale
from graduated.noise.per_layer import gradient_variance_by_layer
from graduated.noise.per_sample import gradient_variance
from graduated.noise.two_batch_sizes import two_batch_sizes
from graduated.sharpness.evaluation_mode import REPEAT_TOLERANCE
from graduated.sharpness.own_network import network_sharpness
from graduated.sharpness.settings import AverageCase, ReleasedSearch
from graduated.streams import stream
from graduated.trial import TOLERANCE, trial_evaluations, try_functions

SAMPLES = 120


def normal(*shape, purpose="inputs"):
    return torch.randn(shape, generator=stream(0, purpose), dtype=torch.float64)


INPUTS, VALUES = normal(SAMPLES, 4), normal(SAMPLES, 3, purpose="values")
CLASSES = torch.arange(SAMPLES) % 3
RARE = (torch.arange(SAMPLES) == SAMPLES - 1).long()
IGNORED = CLASSES.where(torch.arange(SAMPLES) % 5 > 0, -100)
WEIGHTS = torch.tensor([1, 2, 5]).double()


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)).double()


def two_sizes(module, batches, loss=F.cross_entropy):
    return two_batch_sizes(module, batches, stream(0, "draws"), 8, SAMPLES, 2, loss)


MEASURES = {
    "per_sample": lambda *given, **options: gradient_variance(*given, **options),
    "noise_scale": lambda *given, **options: per_sample_noise_scale(*given, **options),
    "per_layer": lambda *given, **options: gradient_variance_by_layer(*given, **options),
    "two_batch_sizes": two_sizes,
    "sharpness": lambda *given, **options: network_sharpness(
        *given, ReleasedSearch(samples=SAMPLES, batch_size=60), **options
    ),
}


@pytest.fixture(params=MEASURES)
def measure(request):
    """Every function that measures, of a network, batches and a loss."""
    return MEASURES[request.param]


def per_class(targets):
    """Batches that hold one class each, as a folder of images has them."""
    order = targets.argsort(stable=True)
    sizes = targets.bincount().tolist()
    return list(zip(INPUTS[order].split(sizes), targets[order].split(sizes), strict=True))


MEAN = "expected the unweighted mean over samples"
NUMBER = "expected one number, a tensor without dimensions"


@pytest.mark.parametrize(
    ("batches", "loss", "message"),
    [
        ([(INPUTS, CLASSES)], nn.CrossEntropyLoss(reduction="sum"), MEAN),
        ([(INPUTS, CLASSES)], nn.CrossEntropyLoss(reduction="none"), NUMBER),
        ([(INPUTS, CLASSES)], nn.CrossEntropyLoss(WEIGHTS), MEAN),
        (per_class(CLASSES), nn.CrossEntropyLoss(WEIGHTS), MEAN),
        ([(INPUTS, RARE)], nn.CrossEntropyLoss(WEIGHTS[[0, 2, 0]]), MEAN),
        ([(INPUTS, IGNORED)], F.cross_entropy, MEAN),
        ([(INPUTS, VALUES)], nn.MSELoss(reduction="sum"), MEAN),
        ([(INPUTS, CLASSES)], lambda outputs, targets: F.cross_entropy(outputs, targets)[None], NUMBER),
        ([(INPUTS, CLASSES)], lambda outputs, targets: F.cross_entropy(outputs, targets).item(), NUMBER),
        ([(INPUTS, CLASSES)], lambda *_: torch.tensor(1.0), "the loss has no gradient"),
        ([(INPUTS, VALUES)], F.cross_entropy, "values and no class probabilities.*name another loss"),
        ([(INPUTS, VALUES.softmax(1) * 2)], F.cross_entropy, "values and no class probabilities"),
        ([(INPUTS, CLASSES + 1)], F.cross_entropy, r"targets \[\d+\] \(int64\): IndexError: Target 3 is"),
        ([(INPUTS.float(), CLASSES)], F.cross_entropy, r"inputs \[\d+, 4\] \(float32\), .*same dtype"),
        ([{"image": INPUTS, "label": CLASSES}], F.cross_entropy, "expected .*two tensors, .*got dict"),
        ([(INPUTS, CLASSES, CLASSES)], F.cross_entropy, "expected .*two tensors, .*got tuple"),
        ([(INPUTS.numpy(), CLASSES)], F.cross_entropy, "expected .*two tensors, .*got tuple"),
        ((INPUTS, CLASSES), F.cross_entropy, "expected .*two tensors, .*got Tensor"),
    ],
)
def test_batches_and_losses_that_give_wrong_numbers_are_refused(batches, loss, message, measure):
    with pytest.raises(ValueError, match=message) as refused:
        measure(network(), batches, loss=loss)
    assert "\n" not in str(refused.value)


class Own(nn.Linear):
    """A linear network whose outputs are changed."""

    def __init__(self, change):
        super().__init__(4, 3)
        self.change = change

    def forward(self, inputs):
        return self.change(super().forward(inputs))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda outputs: (outputs, None), "the network returns tuple, expected one tensor"),
        (lambda outputs: {"logits": outputs}, "the network returns dict, expected one tensor"),
        (lambda outputs: outputs.mean(0), r"the network returns \[3\], expected \[\d+, ...\]"),
        (lambda outputs: outputs.detach(), "the loss has no gradient by the network's parameters"),
        (lambda outputs: F.dropout(outputs, 0.5), "two evaluations of the same batch differ"),
        (
            lambda outputs: outputs + 1e-3 * torch.randn_like(outputs),
            "two evaluations of the same batch differ",
        ),
    ],
)
def test_networks_that_give_wrong_numbers_are_refused(change, message, measure):
    with pytest.raises(ValueError, match=message) as refused:
        measure(Own(change).double(), [(INPUTS, CLASSES)])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["per_sample", "noise_scale", "per_layer", "sharpness"])
def test_samples_that_depend_on_one_another_are_refused(name):
    with pytest.raises(ValueError, match="a sample's outputs depend on the other samples of the batch"):
        MEASURES[name](Own(lambda outputs: outputs - outputs.mean(0)).double(), [(INPUTS, CLASSES)])


@pytest.mark.parametrize(
    ("targets", "loss"),
    [
        (CLASSES, F.cross_entropy),
        (CLASSES, nn.CrossEntropyLoss(label_smoothing=0.1)),
        (VALUES.softmax(1), F.cross_entropy),
        (VALUES, F.mse_loss),
        (VALUES, F.huber_loss),
        (VALUES.sigmoid(), nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0))),
        (VALUES.softmax(1), nn.KLDivLoss(reduction="batchmean")),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_means_over_samples_are_measured(targets, loss, dtype, measure):
    module, inputs = network().to(dtype), INPUTS.to(dtype)
    targets = targets.to(dtype) if targets.is_floating_point() else targets
    measure(module, [(inputs, targets)], loss=loss)


def test_a_perfect_fit_hides_no_sum():
    """Of losses that are all zero, the sum is the mean."""
    module = nn.Linear(4, 4).double()
    nn.init.eye_(module.weight), nn.init.zeros_(module.bias)
    with pytest.raises(ValueError, match=MEAN):
        gradient_variance(module, [(INPUTS, INPUTS)], loss=nn.MSELoss(reduction="sum"))


def test_each_class_is_tried_wherever_it_is_and_no_more_than_needed():
    """Of 40 batches of a class each; the loss sees as many samples as foretold, of each class one or more."""
    seen = []

    def loss(outputs, targets):
        seen.append(targets)
        return F.cross_entropy(outputs, targets)

    inputs, targets = torch.randn(4000, 4), torch.arange(40).repeat_interleave(100)
    loader = DataLoader(TensorDataset(inputs, targets), batch_size=100)
    tried, outputs = try_functions(nn.Linear(4, 40), loss, loader)
    assert len(tried) == len(outputs) == len(seen[0]) == 64 and len(seen) == trial_evaluations(4000)
    assert set(seen[0].tolist()) == set(range(40))
    read = []
    values = ((read.append(part), torch.randn(100, 3), torch.randn(100, 3))[1:] for part in range(9))
    try_functions(nn.Linear(3, 3), F.mse_loss, values, 8)
    assert read == [0]


def test_what_is_not_finite_is_left_to_those_who_measure():
    inputs = INPUTS.clone()
    inputs[7] = torch.nan
    assert try_functions(network(), F.cross_entropy, [(inputs, CLASSES)])[1].isnan().any()


def test_sharpness_needs_no_gradient_where_it_samples_and_full_precision_everywhere():
    def error(outputs, targets):
        return (outputs.argmax(1) != targets).double().mean()

    settings = AverageCase(radius=0.5, samples=SAMPLES, batch_size=60)
    module = network().requires_grad_(False)
    assert network_sharpness(module, [(INPUTS, CLASSES)], settings, error).sharpness.isfinite()
    with pytest.raises(ValueError, match=r"^sharpness: expected float32 or float64, got 0.weight"):
        network_sharpness(module.half(), [(INPUTS.half(), CLASSES)], settings)


def test_there_is_one_tolerance():
    assert TOLERANCE == REPEAT_TOLERANCE == 1e-4
