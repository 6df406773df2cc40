import shutil
import subprocess
import sys

import pytest

import graduated.sources
from graduated.sources import closure, digest
from paths import ROOT


def names(program: str) -> set[str]:
    return set(closure(ROOT / "scripts" / program))


def test_training_depends_on_training_and_not_on_figures_or_planning():
    sources = names("train_pack.py")
    assert {"training/pack.py", "models/layers.py", "data/augmentation.py", "streams.py"} <= sources
    assert not any(name.startswith(("plots/", "noise/", "sharpness/")) for name in sources)
    assert not {"results.py", "progress.py", "experiment/config.py", "experiment/plan.py"} & sources


@pytest.mark.parametrize("program", ["run_study.py", "run_network_study.py", "draw_study.py"])
def test_the_catalogue_and_the_settings_of_studies_are_no_sources(program, monkeypatch):
    studies = ROOT / "src/graduated/studies"
    files = [studies / "catalogue.py", *studies.glob("chapters/*.py"), *studies.glob("settings/*.py")]
    sources = names(program)
    monkeypatch.setattr(graduated.sources, "CANNOT_CHANGE_RESULTS", ())
    assert {f"studies/{file.relative_to(studies).as_posix()}" for file in files} <= names(program) - sources


def test_figures_depend_on_plots_and_not_on_training():
    sources = names("draw_figure.py")
    assert "plots/panels.py" in sources
    assert not any(name.startswith(("training/", "models/", "noise/")) for name in sources)


def test_the_closure_is_what_python_really_imports():
    script = (
        "import sys; sys.path.insert(0, 'scripts'); sys.argv = ['x']\n"
        "import importlib; importlib.import_module('train_pack')\n"
        "print(*sorted(n for n in sys.modules if n.split('.')[0] == 'graduated'))"
    )
    command = [sys.executable, "-c", script]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    files = {f"{'/'.join(name.split('.')[1:])}.py" for name in loaded} | {
        f"{'/'.join(name.split('.')[1:])}/__init__.py".lstrip("/") for name in loaded
    }
    package = ROOT / "src/graduated"
    reporting = graduated.sources.CANNOT_CHANGE_RESULTS
    imported = {name for name in files if (package / name).is_file() and not name.startswith(reporting)}
    assert imported <= names("train_pack.py")


def test_comments_and_docstrings_change_nothing_and_code_does(tmp_path):
    program = tmp_path / "scripts" / "p.py"
    program.parent.mkdir()
    program.write_text('"""Doc."""\n\n\ndef f(x):\n    """Doc."""\n    return x + 1\n')
    before = digest(program)
    program.write_text('"""Other."""\ndef f(x):\n    # why\n    return (x + 1)\n')
    assert digest(program) == before
    program.write_text('"""Doc."""\n\n\ndef f(x):\n    """Doc."""\n    return x + 2\n')
    assert digest(program) != before


# The digest is that of Python 3.11.7, 3.12.1 and 3.13.0.
CODE = "def f(x: int, w=None, *a) -> str:\n    return f'{x:{w}}{x!r}' + ''\n\nclass A:\n    pass\n"
DIGEST = "0cfa858388fd27d93d0a7da9a55f12049b145f3aa3fb89b82296aba8c0228e2b"


def test_the_digest_does_not_depend_on_the_version_of_python(tmp_path):
    program = tmp_path / "p" / "p.py"
    program.parent.mkdir()
    program.write_text(CODE)
    assert closure(program) == {"p/p.py": DIGEST}
    program.write_text(CODE.replace(" + ''", ""))
    assert closure(program) != {"p/p.py": DIGEST}


def test_a_loader_named_by_reference_is_a_source():
    sources = closure(ROOT / "scripts/decode_dataset.py", ["graduated.data.cifar:load_cifar100"])
    assert "data/cifar.py" in sources and "data/digits.py" not in sources


def test_what_the_users_own_module_imports_from_the_working_folder_is_a_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    package = tmp_path / "mine" / "nets"
    package.mkdir(parents=True)
    files = {
        "mine/__init__.py": "",
        "mine/nets/__init__.py": "from . import blocks",
        "mine/nets/blocks.py": "from ..sizes import WIDTH",
        "mine/sizes.py": "import limits, numpy, graduated.streams",
        "limits.py": "",
        "numpy_helpers.py": "",
        "streams.py": "",
    }
    for name, code in files.items():
        (tmp_path / name).write_text(code)
    program = ROOT / "scripts/draw_figure.py"
    before = closure(program)
    found = closure(program, ["mine.nets:build"])
    own = {f"./{name}" for name in files if name not in ("numpy_helpers.py", "streams.py")}
    assert set(found) - set(before) == {*own, "streams.py"}
    assert {name: found[name] for name in before} == before
    (tmp_path / "limits.py").write_text("WIDEST = 8")
    assert digest(program, ["mine.nets:build"]) != digest(program)
    assert closure(program) == before


def test_a_module_that_is_not_python_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.py").write_text("x = 1\ny = (\n")
    with pytest.raises(ValueError, match=r"broken\.py: line 2: not valid Python"):
        closure(ROOT / "scripts/draw_figure.py", ["broken:build"])


def test_the_users_own_module_is_a_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "scripts/train_pack.py", tmp_path / "p.py")
    (tmp_path / "mine.py").write_text("x = 1\n")
    assert any(name.endswith("mine.py") for name in closure(tmp_path / "p.py", ["mine:load"]))
    before = digest(tmp_path / "p.py", ["mine:load"])
    (tmp_path / "mine.py").write_text("x = 2\n")
    assert digest(tmp_path / "p.py", ["mine:load"]) != before
