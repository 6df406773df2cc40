import pandas as pd
import pytest

from graduated.plots.methods import beside_published, method_curves, smoothing_along_training
from histories import FOUR, MOMENTUM, TWELVE, history_of
from paths import ROOT


@pytest.fixture(scope="session")
def four() -> pd.DataFrame:
    return history_of(FOUR)


@pytest.fixture(scope="session")
def twelve() -> pd.DataFrame:
    return history_of(TWELVE)


@pytest.fixture(scope="session")
def published() -> pd.DataFrame:
    return pd.read_csv(ROOT / "workflow/published/twelve_schedules.csv")


@pytest.fixture(scope="session")
def figures(four, twelve, published) -> dict:
    histories = {"four": four, "twelve": twelve, "momentum": history_of(MOMENTUM)}
    drawings = {"curves": method_curves, "smoothing": smoothing_along_training}
    drawn = {
        (name, kind): draw(table) for name, table in histories.items() for kind, draw in drawings.items()
    }
    return {**drawn, ("twelve", "published"): beside_published(twelve, published)}
