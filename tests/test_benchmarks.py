import importlib
import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from graduated.device import compute_device
from paths import ROOT

FOLDER = ROOT / "benchmarks"

pytestmark = pytest.mark.usefixtures("arithmetic_as_before")

sys.path.append(str(FOLDER))
tabulate_benchmarks, precision, throughput, timing, peers, steps, workers, workload = map(
    importlib.import_module,
    ("tabulate_benchmarks", "precision", "throughput", "timing", "peers", "steps", "workers", "workload"),
)

AUTHORS_MODEL = """
from torch import nn
def resnet18():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 100))
"""
AUTHORS_SCRIPT = """
import a_module_that_is_not_there
if __name__ == '__main__':
    mean, unused = 1, 2
    mean = (0.5, 0.5, 0.5)
    std = (0.2, 0.2, 0.2)
    transform_train = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor(),
                                          transforms.Normalize(mean, std)])
    trainset = torchvision.datasets.CIFAR100(root='./data', train=True, download=True)
    trainloader = torch.utils.data.DataLoader(trainset, batch_size=args.batchsize, num_workers=2)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=args.lr, momentum=0.0)
    trainloader = None
"""
RELEASED_CODE = """
import torch
def eval_APGD_sharpness(model, batches, loss_f, err, loss, rho, n_iters, adaptive, norm, rand_init):
    print('a progress that nobody wants to see')
    with torch.no_grad():
        return sum(loss_f(model(x.cuda()), y.cuda()).item() for x, _, y, _, _ in batches), 0.0, 0.0
"""


def measure(program, tmp_path, monkeypatch, *options):
    arguments = ["--device", "cpu", "--repetitions", "2", "--results", str(tmp_path), *map(str, options)]
    monkeypatch.setattr(sys, "argv", [program, *arguments])
    importlib.import_module(program).main()
    return {path.stem: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}


def test_arms_take_turns_and_the_warm_up_is_thrown_away():
    calls = []
    arms = {name: lambda name=name: calls.append(name) or float(len(calls)) for name in "abc"}
    values = timing.interleave(arms, repetitions=2, warm_up=1)
    assert "".join(calls) == "abccbaabc"
    assert values == {"a": [6.0, 7.0], "b": [5.0, 8.0], "c": [4.0, 9.0]}


def test_ratios_are_formed_within_each_repetition():
    assert timing.paired_ratio([2.0, 30.0, 400.0], [1.0, 10.0, 100.0]) == {"median": 3, "low": 2, "high": 4}


def test_a_pack_is_compared_with_the_faster_way_to_train_one_run_after_the_other():
    arm = workers.Arm
    speeds = {
        arm(1, 1, 1): [100.0, 110.0],
        arm(1, 1, 2): [150.0, 150.0],
        arm(1, 2, 1): [190.0, 200.0],
        arm(12, 1, 1): [600.0, 660.0],
        arm(12, 2, 1): [900.0, 1200.0],
    }
    load = workload.Workload("digits", "small_resnet", "{}", 4, 10)

    def row(*way):
        return throughput.row(load, arm(*way), speeds, [1e6, 1e6], flop=1000, memory=1.0)

    assert (row(12, 1, 1)["baseline_threads"], row(12, 1, 1)["ratio"]["median"]) == (1, 6)
    assert (row(12, 2, 1)["baseline_threads"], row(12, 2, 1)["ratio"]["median"]) == (2, 7)
    assert row(12, 2, 1)["fraction_of_bound"] == {"median": 1.05, "low": 0.9, "high": 1.2}


def test_operations_of_the_network_of_the_digits():
    products = 64 * 9 * 8 + 2 * 64 * 9 * 8 * 8  # stem and first stage, 8 x 8 pixels
    products += 16 * (9 * 8 * 16 + 9 * 16 * 16 + 8 * 16)  # second stage, 4 x 4
    products += 4 * (9 * 16 * 32 + 9 * 32 * 32 + 16 * 32) + 32 * 10
    training = 3 * products - 64 * 9 * 8  # the images need no gradient
    assert workload.training_flop("digits", "small_resnet", "{}") == 2 * training


def test_operations_of_resnet18_on_cifar():
    flop = workload.training_flop("cifar100", "resnet18", "{}")
    assert flop == pytest.approx(6 * 0.5555e9, rel=2e-3)


def test_throughput_of_a_tiny_network(tmp_path, monkeypatch):
    options = ["--batch-sizes", 8, "--replicas", 2, "--processes", 1, "--steps", 1, "--seconds", 0.001]
    options += ["--dataset", "cifar10", "--model-options", '{"width": 1}']
    (record,) = measure("throughput", tmp_path, monkeypatch, *options).values()
    assert [(row["replicas"], row["processes"], row["threads"]) for row in record["rows"]] == [
        (1, 1, 1),
        (2, 1, 1),
    ]
    assert record["rows"][0]["ratio"] == {"median": 1, "low": 1, "high": 1}
    assert all(row["images_per_second"]["low"] > 0 < row["peak_memory_mib"] for row in record["rows"])
    assert record["environment"]["torch"] and record["settings"]["model_options"] == {"width": 1}
    assert "| 8 |" in tabulate_benchmarks.page(tmp_path)


def test_a_worker_that_fails_says_why():
    worker = workers.Worker(workload.Workload("cifar10", "no_such", "{}", 8, 1), 1, 1, "cpu")
    with workers.started([worker]), pytest.raises(ChildProcessError, match="model 'no_such' is unknown"):
        worker.answer()


def test_training_beside_authors_whose_script_does_not_run(tmp_path, monkeypatch):
    peer = tmp_path / "peer"
    (peer / "models").mkdir(parents=True)
    (peer / "models" / "resnet.py").write_text(AUTHORS_MODEL)
    (peer / "cifar.py").write_text(AUTHORS_SCRIPT)
    options = ["--peer", peer, "--synthetic", "--batch-size", 4, "--steps", 1, "--augmented", 8]
    options += ["--model", "small_resnet", "--model-options", '{"width": 1}', "--threads", 1]
    record = measure("peer_training", tmp_path, monkeypatch, *options)["peer_training-cpu"]
    assert [(row["what"], row["who"]) for row in record["rows"]] == [
        ("training", "authors"),
        ("training", "pack of 1"),
        ("augmentation", "authors"),
        ("augmentation", "authors, DataLoader of 2 workers"),
        ("augmentation", "gather"),
    ]
    assert record["settings"]["peer_commit"] == "unknown"
    assert "models.resnet" not in sys.modules and str(peer) not in sys.path
    assert "training | pack of 1" in tabulate_benchmarks.page(tmp_path)


def test_sharpness_of_a_pack_and_of_released_code(tmp_path, monkeypatch):
    peer = tmp_path / "peer"
    peer.mkdir()
    (peer / "sharpness.py").write_text(RELEASED_CODE)
    options = ["--peer", peer, "--replicas", 2, "--samples", 16, "--batch-size", 8, "--steps", 2]
    records = measure("sharpness", tmp_path, monkeypatch, *options)
    assert set(records) == {"sharpness-cpu", "peer_sharpness-cpu"}
    pack, single = records["sharpness-cpu"]["rows"]
    assert pack["largest_relative_difference"] == 0 <= single["largest_relative_difference"] < 1e-3
    assert records["peer_sharpness-cpu"]["rows"][1]["who"].startswith("released code")
    assert sys.modules["sharpness"].__file__ == str(FOLDER / "sharpness.py")
    assert "Sharpness beside the released code" in tabulate_benchmarks.page(tmp_path)


def test_the_variance_of_a_network_in_several_ways(tmp_path, monkeypatch):
    options = ["--samples", 20, "--chunk-sizes", 8, 20, "--precision", "float32", "tf32"]
    options += ["--model-options", '{"width": 1}']
    (record,) = measure("variance", tmp_path, monkeypatch, *options).values()
    assert record["settings"]["samples"] == 20 and record["benchmark"] == "variance_small_resnet"
    assert record["rows"][0]["difference"] == 0 and len(record["rows"]) == 4
    assert all(row["difference"] < 1e-5 for row in record["rows"])
    assert all(row["seconds"]["low"] > 0 == row["memory_mib"] for row in record["rows"])
    assert "| tf32 | 20 | " in tabulate_benchmarks.page(tmp_path)


def test_the_operations_of_a_step_add_up_to_its_time(tmp_path, monkeypatch):
    options = ["--batch-sizes", 8, "--replicas", 1, 2, "--steps", 2, "--repetitions", 1, "--most", 4]
    (record,) = measure(
        "operations", tmp_path, monkeypatch, *options, "--model-options", '{"width": 1}'
    ).values()
    for replicas in (1, 2):
        rows = [row for row in record["rows"] if row["replicas"] == replicas]
        assert sum(row["share"] for row in rows) == pytest.approx(1)
        assert len(rows) == 5 and rows[-1]["operation"] == "all others"
        calls = {row["operation"]: row["calls_per_step"] for row in rows}
        assert calls["convolution_backward"] == 9, "a pack has as many convolutions as one network"
    assert "convolution_backward" in tabulate_benchmarks.page(tmp_path)


def test_ways_to_compute_a_step_train_the_same(monkeypatch):
    compiling = torch.nn.Module.compile
    monkeypatch.setattr(torch.nn.Module, "compile", lambda *of, **how: compiling(*of, backend="eager", **how))
    losses = {}
    for setting in steps.ways("cpu", "float64"):
        load = workload.Workload("digits", "small_resnet", '{"width": 1}', 8, 3, setting)
        training = load.training(2, workload.images("digits", load.samples))
        losses[setting.execution, setting.packing, setting.kernels] = training.train_epoch().loss
    plain, *others = losses.values()
    assert list(losses) == [
        ("eager", "grouped", "deterministic"),
        ("compiled", "grouped", "deterministic"),
        ("eager", "branches", "deterministic"),
        ("eager", "grouped", "any"),
    ]
    for loss in others:
        torch.testing.assert_close(loss, plain, rtol=1e-9, atol=0)


def test_on_a_gpu_there_are_graphs_of_all_ways():
    found = [(setting.execution, setting.packing) for setting in steps.ways("cuda", "bf16")]
    assert ("captured", "branches") in found and ("compiled and captured", "grouped") in found
    assert len(found) == 7 and not any("compiled" in name for name, packing in found if packing == "branches")


def test_ways_to_compute_a_step_are_measured_by_turns(tmp_path, monkeypatch):
    compiling = torch.nn.Module.compile
    monkeypatch.setattr(torch.nn.Module, "compile", lambda *of, **how: compiling(*of, backend="none", **how))
    options = ["--batch-sizes", 8, "--replicas", 2, "--steps", 1, "--seconds", 0.001]
    (record,) = measure("steps", tmp_path, monkeypatch, *options, "--model-options", '{"width": 1}').values()
    grouped, compiled, branches, any_kernels = record["rows"]
    assert any_kernels["kernels"] == "any" and any_kernels["ratio"]["low"] > 0
    assert grouped["ratio"] == {"median": 1, "low": 1, "high": 1}
    assert branches["images_per_second"]["low"] > 0 and "none" in compiled["refused"]
    page = tabulate_benchmarks.page(tmp_path)
    assert "| float32 | 2 | 8 | 1 (1–1) | " in page and page.count("| refused |") == 1


def test_precisions_are_compared_by_pairs_of_seeds(tmp_path, monkeypatch):
    options = ["--precision", "float32", "bf16", "tf32", "--seeds", 8, "--batch-sizes", 479, "--epochs", 1]
    (record,) = measure(
        "precision", tmp_path, monkeypatch, *options, "--model-options", '{"width": 1}'
    ).values()
    rows = {(row["precision"], row["metric"]): row for row in record["rows"]}
    assert len(rows) == 6 and {row["n"] for row in rows.values()} == {8}
    same, other = rows["tf32", "log train_loss"], rows["bf16", "log train_loss"]
    assert same["mean"] == same["baseline_mean"] and same["difference"] == same["low"] == 0
    assert other["low"] < other["difference"] < other["high"] and other["mean"] != other["baseline_mean"]
    assert "| 479 | log train_loss | bf16 | 8 | " in tabulate_benchmarks.page(tmp_path)


def test_a_shift_and_a_wider_spread_are_found():
    generator = np.random.default_rng(0)
    first = generator.normal(size=60)
    near = generator.normal(scale=0.01, size=60)
    shifted, wider = (precision.compare(values, first) for values in (first + 0.3 + near, 2 * first + near))
    assert 0.29 < shifted["low"] < shifted["high"] < 0.31 and shifted["p_spread"] > 0.05
    assert wider["low"] < 0 < wider["high"] and wider["p_spread"] < 1e-6
    assert precision.compare(np.append(first, np.nan), np.append(first, 1.0))["n"] == 60


def test_without_a_checkout_one_line_says_so(tmp_path, monkeypatch, capsys):
    assert measure("peer_training", tmp_path, monkeypatch, "--peer", tmp_path / "none") == {}
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("peer skipped: ") and "git clone https://github.com/" in line


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--execution", "captured"], "needs a CUDA device"),
        (["--processes", "1000"], "threads in all"),
        (["--batch-sizes", "5000", "--processes", "1"], "more than the images of digits"),
    ],
)
def test_what_cannot_be_measured_is_refused(options, message, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=message):
        measure("throughput", tmp_path, monkeypatch, *options)


def test_calls_of_cuda_go_to_the_device_in_use():
    with compute_device("cpu") as device, peers.cuda_calls_kept_on(device):
        assert torch.ones(1).cuda().device == device


def test_the_page_without_records_says_that_there_are_none_from_a_gpu(tmp_path):
    assert "no figures from a GPU" in tabulate_benchmarks.page(tmp_path)


def test_the_committed_page_is_that_of_the_committed_records():
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    assert page == tabulate_benchmarks.page(FOLDER / "results")


def test_a_benchmark_explains_itself_uninstalled_and_from_anywhere(tmp_path):
    command = [sys.executable, str(FOLDER / "throughput.py"), "--help"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert result.stdout.startswith("usage: ")


def test_the_authors_loop_runs_under_the_defaults_of_pytorch():
    def settings():
        tf32 = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
        return *tf32, torch.are_deterministic_algorithms_enabled()

    with compute_device("cpu"):
        torch.backends.cuda.matmul.allow_tf32 = True
        with peers.defaults_of_pytorch():
            assert settings() == (True, False, False)
        assert settings() == (False, True, True)
        torch.backends.cuda.matmul.allow_tf32 = False
