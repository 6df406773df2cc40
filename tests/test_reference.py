"""What is published in results/reference is what its manifest says, all of it, and from a clean commit."""

import hashlib

import pandas as pd
import pytest
import yaml

from graduated.storage import read_json
from paths import ROOT

PRESETS = sorted(path.parent for path in ROOT.glob("results/reference/*/results.csv"))
WITH_MANIFEST = [folder for folder in PRESETS if (folder / "manifest.json").is_file()]


def name(folder):
    return folder.name


@pytest.mark.parametrize("folder", PRESETS, ids=name)
def test_every_file_is_one_that_is_to_be_published(folder):
    declared = yaml.safe_load((ROOT / "workflow/reference.yaml").read_text(encoding="utf-8"))[folder.name]
    assert {path.name for path in folder.iterdir()} - {"manifest.json"} == set(declared)


@pytest.mark.parametrize("folder", WITH_MANIFEST, ids=name)
def test_every_file_has_its_checksum_in_the_manifest(folder):
    published = read_json(folder / "manifest.json", "published")["published"]
    for path in folder.iterdir():
        if path.name != "manifest.json":
            assert hashlib.sha256(path.read_bytes()).hexdigest() == published[path.name], path.name


@pytest.mark.parametrize("folder", WITH_MANIFEST, ids=name)
def test_every_run_was_trained_from_a_clean_commit(folder):
    commits = pd.read_csv(folder / "results.csv")["git_commit"]
    assert commits.str.fullmatch("[0-9a-f]{40}").all(), set(commits)
