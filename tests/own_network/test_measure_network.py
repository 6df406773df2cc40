"""The program that measures a network of one's own, against the library and against closed forms."""

import hashlib
import json
import pickle
import runpy
import sys
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch
import torch.nn.functional as F  # noqa: N812

from graduated.noise.table import Estimation, noise_table
from graduated.own_network.measures import STANDARD
from graduated.sharpness.measure import network_sharpness
from graduated.sharpness.settings import Sharpness
from paths import ROOT

MODULE = """
import torch
import torch.nn.functional as F
from torch import nn


class Noisy(nn.Linear):
    def forward(self, inputs):
        return F.dropout(super().forward(inputs), 0.5, training=True)


class Centred(nn.Linear):
    def forward(self, inputs):
        outputs = super().forward(inputs)
        return outputs - outputs.mean(0)


def made(*layers):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), *layers, nn.Tanh(), nn.Linear(6, 3)).double()


def plain():
    return made()


def batch_norm():
    return made(nn.BatchNorm1d(6))


def own_statistics():
    return made(nn.BatchNorm1d(6, track_running_stats=False))


def layer_norm():
    return made(nn.LayerNorm(6), nn.Dropout())


def linear():
    torch.manual_seed(0)
    return nn.Linear(4, 1, bias=False).double()


def noisy():
    return Noisy(4, 3).double()


def centred():
    return Centred(4, 3).double()


def frozen():
    return made().requires_grad_(False)


def broken():
    network = made()
    network[0].weight.data[0, 0] = torch.nan
    return network


def values():
    generator = torch.Generator().manual_seed(0)
    draw = lambda size: torch.randn(70, size, generator=generator, dtype=torch.float64)
    return [(draw(4), draw(3)) for _ in range(2)]


def classes():
    for inputs, targets in values():
        yield inputs, targets.argmax(1)


def single_values():
    return [(inputs, targets[:, :1]) for inputs, targets in values()]


def infinite():
    return [(inputs / 0, targets) for inputs, targets in classes()]


def empty():
    return [(torch.zeros(0, 4), torch.zeros(0))]


def wide():
    return [(torch.zeros(70, 5).double(), targets) for _, targets in classes()]


def named():
    return [{"image": inputs, "label": targets} for inputs, targets in classes()]


def some_wider():
    *first, (inputs, targets) = classes()
    return [*first, (torch.cat([inputs, inputs], 1), targets)]


def a_class_too_many():
    *first, (inputs, targets) = classes()
    return [*first, (inputs, targets.index_fill(0, torch.tensor([69]), 7))]


def uneven():
    return [(inputs, targets[1:]) for inputs, targets in classes()]
"""
NOISE = ["--learning-rate", "0.1", "--batch-size", "32", "--large-batch-size", "64", "--pairs", "5"]
ESTIMATION = Estimation(large_batch_size=64, pairs=5)
PUBLISHED = ("weights.pt", "origin.csv")
MSE = ["--loss", "torch.nn.functional:mse_loss"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a user's module in it."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "measured_by_user.py").write_text(MODULE)
    return folder


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """The program, in the user's folder; returns its standard output and standard error."""
    monkeypatch.chdir(folder)
    for path in (ROOT / "scripts", folder):
        monkeypatch.syspath_prepend(str(path))

    def run(network, batches, *arguments):
        names = (f"measured_by_user:{network}", f"measured_by_user:{batches}")
        monkeypatch.setattr(sys, "argv", ["measure_network.py", *names, *map(str, arguments)])
        runpy.run_path(str(ROOT / "scripts/measure_network.py"), run_name="__main__")
        return capsys.readouterr()

    return run


def of_user(name):
    return getattr(import_module("measured_by_user"), name)()


def values_of(table, quantity):
    return table.loc[table["quantity"] == quantity].set_index("measure")[["value", "low", "high"]]


@pytest.mark.parametrize("network", ["plain", "batch_norm", "layer_norm"])
@pytest.mark.parametrize(
    ("batches", "loss", "options"), [("classes", F.cross_entropy, []), ("values", F.mse_loss, MSE)]
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
        settings = Sharpness(samples=140, batch_size=35, **options)
        result = network_sharpness(module, data, settings, loss)
        interval = [np.nan, np.nan] if result.low is None else [result.low.item(), result.high.item()]
        np.testing.assert_allclose(found.loc[name], [result.sharpness.item(), *interval], rtol=1e-9)
    ratio = values_of(table, "stability_ratio")["value"]
    assert ratio.item() == pytest.approx(found.loc["top_eigenvalue", "value"] * 0.1 / 2)

    header, *lines = printed.splitlines()
    assert header.split() == ["quantity", "measure", "value", "95", "%", "interval", "setting"]
    assert len(lines) == len(table)
    for line, row in zip(lines, table.itertuples(), strict=True):
        assert row.measure in line and f"  {row.value:.4g}  " in line and line.endswith(row.setting)
        assert (f"[{row.low:.4g}, {row.high:.4g}]" in line) == (row.low == row.low)


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
    expected = network_sharpness(network, of_user("classes"), Sharpness(samples=128))
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


class Trap:
    """Unpickled carelessly, it writes a file."""

    def __reduce__(self):
        return exec, ("open('sprung', 'w').close()",)


CHECKPOINTS = {
    "missing": lambda state: {name: state[name] for name in ("0.weight",)},
    "unexpected": lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
    "shape": lambda state: {**state, "2.bias": torch.zeros(5)},
    "nested": lambda state: {"epoch": 3, "model": state},
    "tensor": lambda state: state["2.bias"],
    "trap": lambda state: {**state, "2.bias": Trap()},
}
PREFIXED = "module.0.weight, module.0.bias, module.2.weight and 1 more"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "does not fit measured_by_user:plain; missing: 0.bias, 2.weight, 2.bias"),
        ("unexpected", f"missing: 0.weight, 0.bias, 2.weight and 1 more; unexpected: {PREFIXED}"),
        ("shape", "does not fit measured_by_user:plain: size mismatch for 2.bias"),
        ("nested", "expected a state_dict, tensors by name; not tensors: epoch, model"),
        ("tensor", "holds Tensor, expected a state_dict"),
        ("trap", "cannot be read as tensors alone; expected safetensors, or what torch.save("),
        ("garbage", "cannot be read as tensors alone"),
        ("garbage.safetensors", "cannot be read as tensors alone"),
        ("absent", "No such file"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused_and_runs_no_code(kind, message, run, folder):
    path = folder / f"{kind}"
    if kind in CHECKPOINTS:
        torch.save(CHECKPOINTS[kind](of_user("plain").state_dict()), path)
    elif kind != "absent":
        path.write_bytes(b"not a checkpoint")
    with pytest.raises(SystemExit) as refused:
        run("plain", "classes", *NOISE, "--checkpoint", path)
    assert message in refused.value.code and "\n" not in refused.value.code
    assert not (folder / "sprung").exists()


def test_the_trap_is_one(folder, monkeypatch):
    monkeypatch.chdir(folder)
    pickle.loads(pickle.dumps(Trap()))
    (folder / "sprung").unlink()


@pytest.mark.parametrize(
    ("network", "batches", "options", "message"),
    [
        (
            "noisy",
            "classes",
            NOISE,
            "two evaluations of the same batch differ; expected evaluation mode (is dropout",
        ),
        (
            "centred",
            "classes",
            NOISE,
            "outputs depend on the other samples of the batch; expected evaluation",
        ),
        ("own_statistics", "classes", NOISE, "(is batch normalisation in training mode?)"),
        ("noisy", "classes", [*NOISE, "--no-sharpness"], "dropout or batch statistics are active"),
        ("frozen", "classes", NOISE, "the module has no trainable parameter"),
        ("broken", "classes", NOISE, "finite"),
        ("plain", "infinite", NOISE, "finite"),
        ("broken", "classes", ["--no-noise"], "expected finite parameters, got others in 0.weight"),
        ("plain", "infinite", ["--no-noise"], "expected finite numbers, got others in batch 0"),
        ("plain", "empty", NOISE, "measured_by_user:empty: no samples"),
        ("plain", "named", NOISE, "batch 0: expected two tensors, inputs and targets, got dict"),
        ("plain", "uneven", NOISE, "batch 0: 70 inputs and 69 targets, expected as many"),
        ("plain", "made", NOISE, "measured_by_user:made: batch 0: expected two tensors"),
        ("plain", "linear", NOISE, "measured_by_user:linear: returned Linear, expected batches"),
        ("classes", "classes", NOISE, "returned generator, expected a torch.nn.Module"),
        ("Noisy", "classes", NOISE, "measured_by_user:Noisy: expected a function without arguments"),
        ("absent", "classes", NOISE, "measured_by_user:absent: cannot be imported"),
        (
            "plain",
            "wide",
            NOISE,
            "batch 0: the loss on inputs [2, 5] (float64), targets [2] (int64): RuntimeError: mat1",
        ),
        ("plain", "a_class_too_many", NOISE, "batch 1: the loss on inputs [70, 4] (float64), targets [70]"),
        (
            "plain",
            "some_wider",
            NOISE,
            "batch 1: expected inputs [4] (float64), targets [] (int64), as in batch 0; got inputs [8]",
        ),
        ("plain", "values", [*NOISE, "--loss", "torch.nn.functional:nll_loss"], "the loss on inputs [2, 4]"),
        ("plain", "single_values", [*NOISE, *MSE], "expected values of the outputs' shape [2, 3]"),
        ("plain", "classes", ["--no-noise", "--samples", "141"], "samples"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(network, batches, options, message, run):
    with pytest.raises(SystemExit) as refused:
        run(network, batches, *options)
    line = refused.value.code
    assert line.startswith("measure_network: ") and message in line and "\n" not in line


def test_more_eigenvalues_than_there_are_is_refused_before_the_noise_is_measured(run, monkeypatch):
    monkeypatch.setattr("graduated.own_network.table.noise_table", lambda *_: pytest.fail("measured"))
    message = "sharpness top_eigenvalue: eigenvalues: expected fewer than the network's 51 parameters, got 51"
    with pytest.raises(SystemExit, match=message):
        run("plain", "classes", *NOISE, "--sharpness", "top_eigenvalue=eigenvalues:51")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--learning-rate and --batch-size: needed for δ, unless --no-noise"),
        (["--no-noise", "--no-sharpness"], "nothing to measure"),
        (
            ["--no-noise", "--learning-rate", "-1"],
            "learning_rate = -1.0: expected finite numbers, at least 0",
        ),
        (["--no-noise", "--batch-size", "0"], "batch_size = 0.0: expected finite numbers, greater than 0"),
        ([*NOISE, "--chunk-size", "0"], "--chunk-size 0: expected at least 1"),
        ([*NOISE, "--small-batch-size", "0"], "batch sizes 0 and 64"),
        ([*NOISE, "--pairs", "1"], "pairs = 1: expected at least 2"),
        ([*NOISE, "--threads", "0"], "--threads 0: expected at least 1"),
        ([*NOISE, "--sharpness", "worst_linf=radius:-1"], "radius: expected a positive finite number"),
        ([*NOISE, "--output", "t.txt"], "--output t.txt: expected the name of a CSV file, NAME.csv"),
        ([*NOISE, "--output", "/proc/1/t.csv"], "--output /proc/1/t.csv: cannot be written there ("),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_loaded(options, message, run):
    with pytest.raises(SystemExit) as refused:
        run("absent", "absent", *options)
    line = refused.value.code
    assert line.startswith("measure_network: ") and message in line and "\n" not in line


def test_noise_alone_needs_no_running_statistics(run, folder):
    run("own_statistics", "classes", *NOISE, "--no-sharpness", "--output", "t.csv")
    assert set(pd.read_csv(folder / "t.csv")["measure"]) == {"two batch sizes, training mode"}


def test_nothing_is_told_of_short_work(run):
    assert run("plain", "classes", "--no-noise", "--sharpness", "worst_linf").err == ""
