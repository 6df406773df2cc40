import tomllib

import yaml
from packaging.requirements import Requirement

from paths import ROOT

LOCK = (ROOT / "requirements.lock").read_text().splitlines()


def test_conda_and_pip_install_the_same_packages_and_versions():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, pip, pinned = environment["dependencies"]
    assert python.startswith("python=3.") and pip == "pip"
    assert pinned["pip"] == LOCK


def test_the_lock_pins_everything_the_project_asks_for_at_a_version_it_allows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    pins = {Requirement(line).name: Requirement(line) for line in LOCK}
    for requirement in map(Requirement, wanted):
        (pin,) = pins[requirement.name].specifier
        assert pin.operator == "=="
        assert requirement.specifier.contains(pin.version), requirement.name


def test_torch_and_torchvision_are_a_matching_pair():
    from importlib.metadata import requires, version

    (needed,) = [Requirement(line) for line in requires("torchvision") if Requirement(line).name == "torch"]
    assert needed.specifier.contains(version("torch"))
