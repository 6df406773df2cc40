import copy
from itertools import combinations, product

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from graduated.models import PlainLayers, build
from graduated.noise.minibatches import MiniBatches, draw_batches, training_set_variance
from graduated.streams import stream
from toys import toy_data


@pytest.fixture
def network():
    network = build("small_resnet", PlainLayers(), 1, 4, {"width": 2}).double()
    generator = stream(0, "state")
    for name, value in network.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.randn(value.shape, generator=generator, dtype=value.dtype) / 3)
        if name.endswith("running_var"):
            value.abs_().add_(0.5)
    return network


def autograd(network, indices, training):
    """The flat gradient by an ordinary backward pass of an ordinary network."""
    data, network = toy_data(), copy.deepcopy(network).train(training)
    logits = network(data.normalise(data.train_images[indices], torch.float64))
    F.cross_entropy(logits, data.train_labels[indices]).backward()
    return torch.cat([parameter.grad.flatten() for parameter in network.parameters()])


def all_gradients(minibatches, batches):
    return torch.cat(list(minibatches.gradients(torch.as_tensor(batches))))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("chunk_size", [1, 7, 100])
def test_gradients_are_those_of_backward_in_both_modes(network, training, chunk_size):
    batches = draw_batches(45, 5, 6, False, stream(0, "batches"))
    state = {name: value.clone() for name, value in network.state_dict().items()}
    minibatches = MiniBatches(network, toy_data(), batch_statistics=training, chunk_size=chunk_size)
    expected = torch.stack([autograd(network, batch, training) for batch in batches])
    torch.testing.assert_close(all_gradients(minibatches, batches), expected, rtol=1e-9, atol=1e-12)
    assert minibatches.dimension == expected.shape[1]
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())


def test_later_changes_of_the_network_do_not_matter(network):
    minibatches = MiniBatches(network, toy_data())
    before = all_gradients(minibatches, [[0, 1]])
    with torch.no_grad():
        network.linear.weight.zero_()
    assert torch.equal(all_gradients(minibatches, [[0, 1]]), before)


@pytest.mark.parametrize("training", [False, True])
def test_the_full_gradient_is_that_of_all_images(network, training):
    minibatches = MiniBatches(network, toy_data(), batch_statistics=training)
    whole = minibatches.full_gradient(100)
    torch.testing.assert_close(whole, autograd(network, torch.arange(45), training), rtol=1e-9, atol=1e-12)
    halves = [autograd(network, part, training) for part in torch.arange(45).tensor_split(2)]
    mean = (23 * halves[0] + 22 * halves[1]) / 45
    torch.testing.assert_close(minibatches.full_gradient(44), mean, rtol=1e-9, atol=1e-12)


def test_the_law_holds_exactly_over_all_mini_batches(network):
    """E‖∇f_S − ∇f‖² = C²/b with replacement, and (n − b)/(n − 1) of it, 0.8 for n = 6, b = 2, without."""
    minibatches = MiniBatches(network, toy_data(), samples=6)
    full = minibatches.full_gradient(6)
    law = training_set_variance(network, toy_data(), 6, 3).value * 5 / 6 / 2

    def mean_square(batches):
        return (all_gradients(minibatches, list(batches)) - full).square().sum(1).mean().item()

    assert mean_square(product(range(6), repeat=2)) == pytest.approx(law, rel=1e-10)
    assert mean_square(combinations(range(6), 2)) == pytest.approx(0.8 * law, rel=1e-10)


def test_mini_batches_of_different_company_share_no_batch_statistics(network):
    """In training mode a mini-batch gradient is not the mean of the gradients of its halves."""
    minibatches = MiniBatches(network, toy_data(), batch_statistics=True)
    whole, halves = (
        all_gradients(minibatches, [[0, 1, 2, 3]])[0],
        all_gradients(minibatches, [[0, 1], [2, 3]]),
    )
    assert (whole - halves.mean(0)).norm() > 0.01 * whole.norm()


def test_all_mini_batches_are_equally_likely():
    for replacement, outcomes in ((True, 16), (False, 12)):
        drawn = draw_batches(4, 2, 4800, replacement, stream(0, "draws"))
        pairs, counts = drawn.unique(dim=0, return_counts=True)
        assert len(pairs) == outcomes
        assert ((counts - 4800 / outcomes) ** 2).sum() / (4800 / outcomes) < 45  # χ², p < 1e-4
