import re
from pathlib import Path

import pytest

from graduated.data.catalogue import CATALOGUE
from graduated.data.store import decode, load

PAGE = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text()


def test_the_example_of_ones_own_dataset_works(tmp_path, monkeypatch):
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (name,) = re.findall(r"dataset: (\S+)", PAGE)
    module = name.partition(":")[0]
    (tmp_path / f"{module}.py").write_text(example)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    decode(name, tmp_path / "data", tmp_path / "results" / "mine.safetensors")
    data = load(tmp_path / "results" / "mine.json")
    assert data.train_images.shape == (500, 1, 8, 8)
    pixels = data.train_images.double() / 255
    assert pixels.mean().item() == pytest.approx(data.mean[0], abs=0.05)
    assert pixels.std().item() == pytest.approx(data.std[0], abs=0.05)


@pytest.mark.parametrize("column", range(3))
def test_the_table_says_what_the_catalogue_says(column):
    table = [[cell.strip() for cell in line.split("|")] for line in PAGE.splitlines() if line.count("|") == 5]
    rows = {cells[1]: cells[2 + column] for cells in table}
    entry = CATALOGUE[rows[""].strip("`")]
    assert rows["images"].startswith(f"{entry.size}×{entry.size}")
    assert rows["classes"] == str(entry.classes)
    assert rows["training / test images"] == f"{entry.train_size:,} / {entry.test_size:,}"
    assert tuple(map(float, rows["mean of the channels"].split(","))) == entry.mean
    assert tuple(map(float, rows["standard deviation"].split(","))) == entry.std
