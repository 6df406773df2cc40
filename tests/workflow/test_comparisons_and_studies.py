import re

import pandas as pd
import pytest

from pdf_text import text_of
from project import Project

pytestmark = pytest.mark.workflow

METHODS = {
    "constant": {"learning_rate": 0.1, "batch_size": 128},
    "decaying": {"learning_rate": 0.1, "batch_size": 128, "schedule": "polynomial"},
}
GROWING = {
    "learning_rate": 0.1,
    "batch_size": 32,
    "schedule": "step",
    "options": {"interval": 1, "batch_size_factor": 2},
}
CHANGES = {
    "training.epochs": 2,
    "comparisons": {"methods": {"seed": [0, 1], "methods": METHODS}},
    "studies": {
        "smoothing_gap": {"draws": 200, "dimensions": [1, 2], "smoothings": [0.1, 1.0]},
        "noise_law": {"epochs": [0, 1], "seed": [0, 1], "images": 256},
    },
}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Project:
    """Comparisons and studies, built once from nothing."""
    project = Project(tmp_path_factory.mktemp("built") / "project")
    project.write_preset(CHANGES)
    project.build("all", "studies")
    return project


@pytest.fixture
def project(built, tmp_path) -> Project:
    """A copy of the built project, to be edited."""
    return built.clone(tmp_path / "project")


def test_a_comparison_has_tables_and_figures(built):
    folder = built.results() / "comparisons/methods"
    table = pd.read_csv(folder / "equal_cost.csv")
    assert table["method"].tolist() == ["constant", "decaying"] * 2
    assert (table["seeds"] == 2).all()
    history = pd.read_parquet(folder / "history.parquet")
    assert history.groupby("method")["learning_rate"].nunique().to_dict() == {"constant": 1, "decaying": 2}
    for drawing in ("curves", "smoothing"):
        for suffix, least in (("png", 1000), ("pdf", 1000), ("csv", 100)):
            assert (built.folder / f"figures/tiny/methods_{drawing}.{suffix}").stat().st_size > least


def test_methods_share_runs_and_packs_with_the_grid(built):
    packs = [built.record(path)["runs"] for path in built.results().glob("packs/*.json")]
    sizes = [(len(runs), {run["batch_size"] for run in runs}) for runs in packs]
    assert sorted(sizes) == [(4, {32}), (6, {128})], "constant is in the grid, decaying joins its pack"


def test_one_more_method_trains_only_its_runs(project):
    methods = {**METHODS, "growing": GROWING}
    project.write_preset({**CHANGES, "comparisons": {"methods": {"seed": [0, 1], "methods": methods}}})
    pending = project.pending("all", "studies")
    assert len(pending["train_pack"]) == 1
    assert {"tabulate_comparison", "draw_methods"} <= set(pending)
    assert "tabulate_results" not in pending and not any(name.startswith("study") for name in pending)


def test_a_study_has_tables_figures_and_verdicts(built):
    folder = built.results() / "studies"
    record = built.record(folder / "noise_law/record.json")
    assert record["settings"]["seed"] == [0, 1] and record["verdicts"]
    assert len(pd.read_csv(folder / "smoothing_gap/gaps.csv"))
    assert set(pd.read_csv(folder / "verdicts.csv")["study"]) == {"smoothing_gap", "noise_law"}
    assert (built.folder / "figures/tiny/noise_law.pdf").stat().st_size > 1000
    assert built.pending("all", "studies") == {}
    status = built.program("show_status", "config/tiny.yaml").stdout
    assert "study.noise_law" in status and "outdated" not in status


def test_every_figure_says_which_preset_it_shows_and_how_many_epochs(built):
    network = " · small_resnet on digits"
    said = {"noise_law": f"{network} · up to epoch 1", "smoothing_gap": ""}
    said |= dict.fromkeys(["noise_along_training", "noise_estimators_compared"], network)
    paths = {path.stem: path for path in (built.folder / "figures/tiny").glob("*.pdf")}
    assert {*said, "overview", "methods_curves", "sharpness_measures_ranked"} <= set(paths)
    for name, path in paths.items():
        imprints = [line for line in text_of(path).splitlines() if line.startswith("graduated · ")]
        assert imprints == ["graduated · preset tiny" + said.get(name, f"{network} · 2 epochs")], name


def test_an_edit_of_a_study_runs_that_one_again(project):
    project.edit(
        "src/graduated/theory/smoothing_gap.py", "import pandas as pd", "import pandas as pd\n\nX = 1"
    )
    pending = set(project.pending("all", "studies"))
    assert pending == {"study_smoothing_gap", "draw_study_smoothing_gap", "tabulate_verdicts"}


def test_an_edit_of_a_studys_drawing_only_draws(project):
    project.edit(
        "src/graduated/plots/theory/noise_law.py", "import pandas as pd", "import pandas as pd\n\nX = 1"
    )
    assert set(project.pending("all", "studies")) == {"draw_study_noise_law"}


def test_another_setting_of_a_study_runs_only_that(project):
    studies = {
        **CHANGES["studies"],
        "smoothing_gap": {"draws": 300, "dimensions": [1, 2], "smoothings": [1.0]},
    }
    project.write_preset({**CHANGES, "studies": studies})
    pending = set(project.pending("all", "studies"))
    assert pending == {"study_smoothing_gap", "draw_study_smoothing_gap", "tabulate_verdicts"}


def test_the_reports_show_every_figure(project):
    project.build("report")
    figures = {path.stem for path in (project.folder / "figures/tiny").glob("*.png")}
    assert {"overview", "methods_curves", "smoothing_gap"} <= figures
    page = (project.results() / "report.html").read_text()
    assert figures == set(re.findall(r'<figure id="(\w+)"', page))
    assert project.pending("report") == {}
    project.build("report", "--report", "snakemake.html")
    own = (project.folder / "snakemake.html").read_text()
    assert all(f"figures/tiny/{name}.png" in own for name in figures)
    assert "The paper finds that larger batches" in own

    preset = project.folder / "config/tiny.yaml"
    preset.write_text(f"# All settings are ours.\n{preset.read_text()}")
    assert set(project.pending("report")) == {"write_report", "report"}
