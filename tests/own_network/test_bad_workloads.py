"""What the program that measures a network of one's own refuses, in one line, and when."""

import pickle

import pandas as pd
import pytest
import torch

from users_module import NOISE, of_user

MSE = ["--loss", "torch.nn.functional:mse_loss"]


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
        ("noisy", "classes", [*NOISE, "--no-sharpness"], "two evaluations of the same batch differ"),
        ("a_little_noisy", "classes", [*NOISE, "--no-sharpness"], "two evaluations of the same batch differ"),
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
        ("plain", "values", NOISE, "the targets are values and no class probabilities, which cross-entropy"),
        ("linear", "single_values", ["--no-noise"], "name another loss (loss=, on the command line --loss)"),
        ("several", "classes", NOISE, "ValueError: the network returns tuple, expected one tensor"),
        ("half", "half_classes", ["--no-noise"], "expected float32 or float64, got weight (torch.bfloat16)"),
        ("plain", "single_values", [*NOISE, *MSE], "expected values of the outputs' shape [2, 3]"),
        ("plain", "classes", ["--no-noise", "--samples", "141"], "samples"),
        ("plain", "classes", [*NOISE, "--loss", "measured_by_user:total"], "expected the unweighted mean"),
        ("plain", "classes", [*NOISE, "--loss", "measured_by_user:weighted"], "the loss of 64 samples is"),
        ("plain", "classes", ["--no-noise", "--loss", "measured_by_user:total"], "expected the unweighted"),
        ("bare", "classes", ["--no-noise"], "expected a network with parameters, got Flatten without any"),
        (
            "recurrent",
            "classes",
            NOISE,
            "C²: cannot be measured here (--no-noise, or --sharpness with other measures, leaves it out): ",
        ),
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
        ([*NOISE, "--by-layer", "0"], "--by-layer 0: expected at least 1"),
        (["--no-noise", "--by-layer", "1"], "--by-layer 1: expected at least 1, and no --no-noise"),
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
