import pytest

from graduated.plots.figures import FIGURES, overview
from graduated.plots.results import prepare


def only_one_seed(table):
    return table[table.seed == 0]


def only_one_learning_rate(table):
    return table[table.learning_rate == 0.1]


def only_one_run(table):
    return table.iloc[[50]]


def no_runs(table):
    return table.iloc[:0]


def all_diverged(table):
    return table.assign(status="diverged")


def nothing_sharp(table):
    return table.assign(sharpness=0.0)


def no_accuracy(table):
    return table.assign(test_accuracy=float("nan"))


CASES = [
    only_one_seed,
    only_one_learning_rate,
    only_one_run,
    no_runs,
    all_diverged,
    nothing_sharp,
    no_accuracy,
]


@pytest.mark.parametrize("case", CASES)
def test_degenerate_tables_give_a_figure_and_panels_without_finished_runs_say_so(table, case):
    *panels, _ = overview(case(table)).axes
    if case in (no_runs, all_diverged):
        for axes in panels:
            assert "no finished runs" in [text.get_text() for text in axes.texts]


def test_accuracy_of_a_diverged_run_counts_for_nothing(table):
    results = prepare(table)
    assert results.cells["accuracy_low"].min() > 90
    assert results.runs.loc[results.runs.status == "diverged", "accuracy"].isna().all()


@pytest.mark.parametrize("columns", [["sharpness"], ["smoothing", "noise_ratio"]])
@pytest.mark.parametrize("name", FIGURES)
def test_missing_columns_are_named(table, name, columns):
    with pytest.raises(
        ValueError, match=rf"^table: missing column\(s\) {', '.join(columns)}; found run, .*$"
    ):
        FIGURES[name](table.drop(columns=columns))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("smoothing", 0.0, "smoothing: expected a positive number, found 0.0"),
        ("batch_size", -4, "batch_size: expected a positive number, found -4"),
        ("learning_rate", float("nan"), "learning_rate: expected a positive number, found nan"),
        ("status", "running", "status: expected finished or diverged, found running"),
        ("test_accuracy", 98.0, "test_accuracy: expected a fraction from 0 to 1, found 98.0"),
        ("seed", 1, "seed: expected one run per learning rate, batch size and seed, found 1"),
    ],
)
def test_impossible_values_are_named_with_their_run(table, column, value, message):
    table.loc[0, column] = value
    with pytest.raises(ValueError, match=rf"^table: run constant/lr~\S+: {message}$"):
        prepare(table)


@pytest.mark.parametrize("column", ["dataset", "model", "epochs", "schedule", "sharpness_radius"])
def test_a_mixture_of_settings_is_refused(table, column):
    table[column] = table[column].astype(object)
    table.loc[0, column] = 7
    with pytest.raises(ValueError, match=f"^table: {column}: expected one value in a figure, found 7, "):
        prepare(table)


def test_the_measure_is_named_on_the_axis(table):
    assert prepare(table).sharpness_name == "worst-case $\\ell_\\infty$ sharpness\n($\\rho$ = 0.0002)"
    other = table.drop(columns="sharpness_radius").assign(sharpness_measure="average-case $\\ell_2$")
    assert prepare(other).sharpness_name == "average-case $\\ell_2$ sharpness"


def test_the_table_itself_is_left_alone(table):
    before = table.copy()
    prepare(table)
    assert before.equals(table)
