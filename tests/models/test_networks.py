import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from graduated.models import MODELS, PlainLayers, build, initialise
from graduated.models.branches import BranchedNetwork
from graduated.models.replication import ReplicatedNetwork, replica, stack

REPLICAS = 3
SMALL = {
    "small_resnet": {"width": 4},
    "resnet18": {"width": 4},
    "wide_resnet28_10": {"depth": 10, "widen": 1},
}


def count(name: str) -> int:
    with torch.device("meta"):
        network = build(name, PlainLayers(), channels=3, classes=100)
    return sum(parameter.numel() for parameter in network.parameters())


def test_resnet18_has_the_papers_number_of_parameters():
    assert count("resnet18") == 11_220_132


def test_wide_resnet_has_the_papers_number_of_parameters():
    assert count("wide_resnet28_10") == 36_536_884


def test_resnet18_has_62_tensors_and_torchvisions_blocks():
    torchvision = pytest.importorskip("torchvision")
    with torch.device("meta"):
        ours = build("resnet18", PlainLayers(), channels=3, classes=100)
        theirs = torchvision.models.resnet18(num_classes=100)
    shapes = [tuple(parameter.shape) for parameter in ours.parameters()]
    assert len(shapes) == 62
    expected = sorted(tuple(parameter.shape) for parameter in theirs.parameters())
    expected[expected.index((64, 3, 7, 7))] = (64, 3, 3, 3)
    assert sorted(shapes) == sorted(expected)


def test_wide_resnet_starts_with_kaiming_fan_out():
    network = initialise("wide_resnet28_10", 3, 100, {"depth": 10, "widen": 4}, seed=0)
    weight = network.stages[2].conv2.weight
    assert weight.std().item() == pytest.approx((2 / (256 * 9)) ** 0.5, rel=0.01)
    assert not network.linear.bias.any()


def test_initialisation_is_keyed_by_the_seed_and_leaves_the_global_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (initialise("small_resnet", 1, 10, {}, seed) for seed in (0, 0, 1))
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(first.conv1.weight, again.conv1.weight)
    assert not torch.equal(first.conv1.weight, other.conv1.weight)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", [ReplicatedNetwork, BranchedNetwork])
def test_every_replica_equals_the_network_alone(name, kind):
    """Forward, backward, running statistics and updates, in float64 against K separate networks."""
    generator = torch.Generator().manual_seed(0)
    alone = [initialise(name, 3, 5, SMALL[name], seed).double() for seed in range(REPLICAS)]
    together = kind(REPLICAS, name, 3, 5, SMALL[name]).double()
    together.load_state(stack([network.state_dict() for network in alone]))
    optimizers = [torch.optim.SGD(network.parameters(), lr=0.1 * (k + 1)) for k, network in enumerate(alone)]
    rates = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)
    for _ in range(3):
        images = torch.rand(REPLICAS, 6, 3, 8, 8, generator=generator, dtype=torch.float64)
        labels = torch.randint(5, (REPLICAS, 6), generator=generator)
        logits = together(images.transpose(0, 1).flatten(1, 2))
        losses = [F.cross_entropy(logits[k], labels[k]) for k in range(REPLICAS)]
        torch.stack(losses).sum().backward()
        with torch.no_grad():
            for parameter in together.parameters():
                parameter -= rates.view(-1, *[1] * (parameter.ndim - 1)) * parameter.grad
                parameter.grad = None
        for k, (network, optimizer) in enumerate(zip(alone, optimizers, strict=True)):
            optimizer.zero_grad()
            expected = network(images[k])
            torch.testing.assert_close(logits[k], expected, rtol=1e-9, atol=1e-11)
            F.cross_entropy(expected, labels[k]).backward()
            optimizer.step()
    for k, network in enumerate(alone):
        mine = replica(together.state(), k)
        assert mine.keys() == network.state_dict().keys()
        for key, value in network.state_dict().items():
            torch.testing.assert_close(mine[key], value, rtol=1e-8, atol=1e-10)


def test_logits_on_shared_images_are_those_of_each_network():
    alone = [initialise("small_resnet", 2, 4, {"width": 4}, seed).double().eval() for seed in range(2)]
    together = ReplicatedNetwork(2, "small_resnet", 2, 4, {"width": 4}).double().eval()
    together.load_state(stack([network.state_dict() for network in alone]))
    images = torch.rand(5, 2, 8, 8, dtype=torch.float64)
    logits = together.logits(together.parameters_by_name(), images)
    for k, network in enumerate(alone):
        torch.testing.assert_close(logits[k], network(images))


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match="'lenet' is unknown; expected one of resnet18"):
        build("lenet", PlainLayers(), 1, 10)


def test_a_reference_to_nothing_is_refused():
    with pytest.raises(ValueError, match="expected module:function"):
        build("graduated.models:nothing", PlainLayers(), 1, 10)
