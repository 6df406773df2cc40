import pytest
import torch

from graduated.optimizers import build, gradient_norms

REPLICAS, STEPS = 3, 12
RATES = torch.tensor([0.1, 0.02, 0.3], dtype=torch.float64)
MOMENTA = torch.tensor([0.9, 0.5, 0.0], dtype=torch.float64)
QUASI = torch.tensor([1.0, 0.7, 0.0], dtype=torch.float64)


def gradients() -> torch.Tensor:
    return torch.randn(STEPS, REPLICAS, 2, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def ours(name: str) -> torch.Tensor:
    weights = torch.zeros(REPLICAS, 2, 5, dtype=torch.float64, requires_grad=True)
    optimizer = build(name, {"weight": weights}, QUASI)
    for gradient in gradients():
        weights.grad = gradient.clone()
        optimizer.step(RATES, MOMENTA)
        assert weights.grad is None
    return weights.detach()


@pytest.mark.parametrize(("name", "with_momentum"), [("sgd", False), ("shb", True)])
def test_every_replica_moves_as_by_torchs_own_sgd(name, with_momentum):
    for replica, rate in enumerate(RATES.tolist()):
        weights = torch.zeros(2, 5, dtype=torch.float64, requires_grad=True)
        momentum = MOMENTA[replica].item() if with_momentum else 0.0
        optimizer = torch.optim.SGD([weights], lr=rate, momentum=momentum)
        for gradient in gradients()[:, replica]:
            weights.grad = gradient.clone()
            optimizer.step()
        torch.testing.assert_close(ours(name)[replica], weights.detach())


@pytest.mark.parametrize("name", ["nshb", "qhm"])
def test_normalised_momentum_is_the_exponential_average_of_the_gradients(name):
    """m_t = (1−β) Σ β^(t−s) g_s, written out."""
    for replica in range(REPLICAS):
        beta, quasi = MOMENTA[replica].item(), QUASI[replica].item() if name == "qhm" else 1.0
        weights = torch.zeros(2, 5, dtype=torch.float64)
        given = gradients()[:, replica]
        for t in range(STEPS):
            average = sum((1 - beta) * beta ** (t - s) * given[s] for s in range(t + 1))
            weights -= RATES[replica] * ((1 - quasi) * given[t] + quasi * average)
        torch.testing.assert_close(ours(name)[replica], weights)


def test_an_unknown_optimizer_is_refused():
    with pytest.raises(ValueError, match="optimizer 'adam' is unknown; expected sgd, shb, nshb or qhm"):
        build("adam", {}, QUASI)


def test_gradient_norms_are_over_all_parameters_of_a_replica():
    parameters = [torch.zeros(2, 3), torch.zeros(2, 1)]
    parameters[0].grad, parameters[1].grad = torch.full((2, 3), 2.0), torch.tensor([[2.0], [5.0]])
    torch.testing.assert_close(gradient_norms(parameters), torch.tensor([4.0, 37.0**0.5]))
