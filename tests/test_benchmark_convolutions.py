import importlib
import json
import sys

import pytest
import torch

from graduated.models.layers import ReplicatedConv2d
from paths import ROOT

sys.path.append(str(ROOT / "benchmarks"))
convolutions, tabulate_benchmarks = map(importlib.import_module, ("convolutions", "tabulate_benchmarks"))
CPU = torch.device("cpu")

pytestmark = pytest.mark.usefixtures("arithmetic_as_before")


def measure(tmp_path, monkeypatch, *options):
    small = ["--width", "2", "--size", "8", "--batch-sizes", "3", "--replicas", "1", "2"]
    arguments = ["--device", "cpu", "--repetitions", "2", "--seconds", "1e-4", "--results", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["convolutions", *arguments, *small, *options])
    convolutions.main()
    return json.loads((tmp_path / "convolutions-cpu.json").read_text())


def test_the_layers_are_those_of_resnet18():
    shapes = [(layer.inputs, layer.outputs, layer.size) for layer in convolutions.layers(64, 32)]
    assert shapes == [(3, 64, 32), (64, 64, 32), (128, 128, 16), (256, 256, 8), (512, 512, 4)]
    assert [layer.flop for layer in convolutions.layers(64, 32)][:2] == [7_077_888, 226_492_416]


@pytest.mark.parametrize("layer", convolutions.layers(2, 8)[:2], ids=["first", "other"])
def test_all_ways_compute_what_the_layer_of_a_pack_does(layer):
    work = convolutions.Work(layer, 2, 3, "float64", CPU)
    reference = ReplicatedConv2d(2, layer.inputs, layer.outputs, 3, 1).double()
    reference.weight.data.copy_(work.weight)
    assert work.weight.stride() == reference.weight.stride()
    outputs = reference(work.inputs)
    expected = outputs, *torch.autograd.grad(outputs, [reference.weight, *work.leaves[1:]], work.after)
    for way in layer.ways.values():
        for found, wanted in zip(work(way), expected, strict=True):
            torch.testing.assert_close(found, wanted)


def test_every_way_is_measured_and_tabulated(tmp_path, monkeypatch):
    record = measure(tmp_path, monkeypatch, "--precision", "float32", "bf16")
    assert len(record["rows"]) == 2 * 2 * (3 + 4 * 2)
    assert all(row["flop_per_second"]["low"] > 0 for row in record["rows"])
    grouped = [row for row in record["rows"] if row["who"] == "grouped"]
    assert {row["ratio"]["median"] for row in grouped} == {1}
    assert "| bf16 | deterministic | 3 | 2 | 8 | 2 | 3 |" in tabulate_benchmarks.page(tmp_path)


def test_what_the_device_refuses_says_why(tmp_path, monkeypatch):
    def refuse(*_):
        raise RuntimeError("no engine\nfor this")

    monkeypatch.setattr(convolutions, "grouped", refuse)
    record = measure(tmp_path, monkeypatch)
    refused = [row["refused"] for row in record["rows"] if row["who"] == "grouped"]
    assert refused == ["no engine"] * 10
    assert "refused" in tabulate_benchmarks.page(tmp_path).partition("## Convolutions")[2]


def test_images_too_small_for_four_stages_are_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="--size, --width: expected 8"):
        measure(tmp_path, monkeypatch, "--size", "4")
