"""The program that measures a network of one's own, against the library and against closed forms."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch
import torch.nn.functional as F  # noqa: N812

from graduated.noise.table import Estimation, noise_table
from graduated.own_network.measures import STANDARD
from graduated.sharpness.own_network import network_sharpness
from graduated.sharpness.settings import make_measure
from users_module import NOISE, of_user

ESTIMATION = Estimation(large_batch_size=64, pairs=5)
PUBLISHED = ("weights.pt", "origin.csv")
MSE = ["--loss", "torch.nn.functional:mse_loss"]


def values_of(table, quantity):
    return table.loc[table["quantity"] == quantity].set_index("measure")[["value", "low", "high"]]


@pytest.mark.parametrize("network", ["plain", "batch_norm", "layer_norm"])
@pytest.mark.parametrize(
    ("batches", "loss", "options"),
    [("classes", F.cross_entropy, []), ("values", F.mse_loss, MSE), ("probabilities", F.cross_entropy, [])],
)
def test_the_table_has_what_the_library_measures(network, batches, loss, options, run, folder):
    printed = run(network, batches, *NOISE, *options, "--measure-batch-size", 35, "--output", "t.csv").out
    table = pd.read_csv(folder / "t.csv")
    module, data = of_user(network), list(of_user(batches))

    noise = noise_table(module, data, 0.1, 32, loss, ESTIMATION)
    modes = 2 if network == "batch_norm" else 1
    for quantity in ("gradient_variance", "squared_gradient_norm", "noise_scale", "smoothing"):
        found = values_of(table, quantity)
        assert len(found) == 1 + modes
        expected = noise[[quantity, f"{quantity}_low", f"{quantity}_high"]]
        np.testing.assert_allclose(found, expected, rtol=1e-9)

    found = values_of(table, "sharpness")
    assert list(found.index) == list(STANDARD)
    for name, options in STANDARD.items():
        settings = make_measure(samples=140, batch_size=35, **options)
        result = network_sharpness(module, data, settings, loss)
        interval = [np.nan, np.nan] if result.low is None else [result.low.item(), result.high.item()]
        np.testing.assert_allclose(found.loc[name], [result.sharpness.item(), *interval], rtol=1e-9)
    ratio = values_of(table, "stability_ratio")["value"]
    assert ratio.item() == pytest.approx(found.loc["top_eigenvalue", "value"] * 0.1 / 2)

    used, header, *lines = printed.splitlines()
    assert used == f"loss: torch.nn.functional:{loss.__name__}"
    assert header.split() == ["quantity", "measure", "value", "95", "%", "interval", "setting"]
    assert len(lines) == len(table)
    for line, row in zip(lines, table.itertuples(), strict=True):
        assert row.measure in line and f"  {row.value:.4g}  " in line and line.endswith(row.setting)
        assert (f"[{row.low:.4g}, {row.high:.4g}]" in line) == (row.low == row.low)


def test_attention_has_all_and_a_recurrent_network_its_sharpness(run, folder):
    run("attentive", "classes", *NOISE, "--measure-batch-size", 35, "--output", "t.csv")
    found = values_of(pd.read_csv(folder / "t.csv"), "sharpness")
    assert list(found.index) == list(STANDARD) and np.isfinite(found["value"]).all()
    run("recurrent", "classes", "--no-noise", "--measure-batch-size", 35, "--output", "t.csv")
    found = values_of(pd.read_csv(folder / "t.csv"), "sharpness")
    assert list(found.index) == list(STANDARD) and np.isfinite(found["value"]).all()


def test_the_variances_of_layers_add_up_to_the_whole(run, folder):
    run("batch_norm", "classes", *NOISE, "--no-sharpness", "--by-layer", 1, "--output", "t.csv")
    found = values_of(pd.read_csv(folder / "t.csv"), "gradient_variance")
    parts = found.loc[[f"per sample, of {name}" for name in "013"]]
    assert parts["value"].sum() == pytest.approx(found.loc["per sample, evaluation mode", "value"])
    assert (parts["low"] < parts["value"]).all() and (parts["value"] < parts["high"]).all()


def test_least_squares_have_their_closed_forms(run, folder):
    """Of mean (w·x − y)²: per-sample gradients 2(w·x − y)x, Hessian 2X'X/n, worst cases of single samples."""
    measures = ["top_eigenvalue=eigenvalues:3", "hessian_trace=draws:50", "one=radius:0.1,batch_size:1"]
    options = ["--measure-batch-size", 70, "--output", "t.csv", "--sharpness", *measures]
    run("linear", "single_values", *NOISE, *MSE, *options)
    table = pd.read_csv(folder / "t.csv")
    inputs, targets = (torch.cat(parts).numpy() for parts in zip(*of_user("single_values"), strict=True))
    weights = of_user("linear").weight.detach().numpy()[0]
    gaps = inputs @ weights - targets[:, 0]

    gradients = 2 * gaps[:, None] * inputs
    variance = np.var(gradients, axis=0, ddof=1).sum()
    found = values_of(table, "gradient_variance")["value"]["per sample, evaluation mode"]
    assert found == pytest.approx(variance)
    found = values_of(table, "smoothing")["value"]["per sample, evaluation mode"]
    assert found == pytest.approx(0.1 * np.sqrt(variance / 32))

    hessian = 2 * inputs.T @ inputs / len(inputs)
    exact, found = np.linalg.eigvalsh(hessian)[::-1], values_of(table, "sharpness")
    names = ["top_eigenvalue", "top_eigenvalue, no. 2", "top_eigenvalue, no. 3"]
    np.testing.assert_allclose(found.loc[names, "value"], exact[:3], rtol=1e-4)
    trace = found.loc["hessian_trace"]
    assert trace["low"] < hessian.trace() < trace["high"]
    grown = np.abs(gaps) + 0.1 * np.abs(inputs).sum(1)
    assert found.loc["one", "value"] == pytest.approx((grown**2 - gaps**2).mean(), rel=1e-5)
    ratio = values_of(table, "stability_ratio")["value"]["top_eigenvalue"]
    assert ratio == pytest.approx(exact[0] * 0.05, rel=1e-4)


@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_a_checkpoint_gives_the_weights(suffix, run, folder):
    state = {name: tensor * 1.5 for name, tensor in of_user("plain").state_dict().items()}
    path = folder / f"weights.{suffix}"
    (torch.save if suffix == "pt" else safetensors.torch.save_file)(state, path)
    options = ["--no-noise", "--sharpness", "worst_linf", "--output", "t.csv"]
    run("plain", "classes", "--checkpoint", path, *options)
    network = of_user("plain")
    network.load_state_dict(state)
    expected = network_sharpness(network, of_user("classes"), make_measure(samples=128))
    assert pd.read_csv(folder / "t.csv")["value"].item() == pytest.approx(expected.sharpness.item())


def test_a_record_beside_the_table_says_where_it_comes_from(run, folder):
    weights = folder / "weights.pt"
    torch.save(of_user("plain").state_dict(), weights)
    options = ["--checkpoint", weights, "--seed", 3, "--threads", 2, "--output", "origin.csv"]
    run("plain", "classes", *NOISE, "--no-sharpness", *options)
    record = json.loads((folder / "origin.json").read_text())
    checksum = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in PUBLISHED}
    assert record["inputs"] == {"checkpoint": checksum["weights.pt"]}
    assert record["checksums"] == {"origin.csv": checksum["origin.csv"]}
    assert record["settings"]["seed"] == 3 and record["settings"]["learning_rate"] == 0.1
    assert record["environment"]["threads"] == 2 and record["environment"]["git_commit"]
