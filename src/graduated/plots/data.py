"""The data of a figure: the rows its panels draw, kept with it, and written beside it as a table."""

from weakref import WeakKeyDictionary

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_KEPT: WeakKeyDictionary[Axes, list[pd.DataFrame]] = WeakKeyDictionary()


def keep_data(axes: Axes, rows: pd.DataFrame, **keys: object) -> None:
    """Keep the rows that a panel draws.

    Args:
        axes: The panel; its label, such as that of ``page.letter``, names it in the table.
        rows: A row per thing drawn, in units of its own: not shifted to keep marks apart, and not clipped.
        keys: Columns before the others, of one value each, such as the name of a series.
    """
    named = pd.DataFrame(keys, index=rows.index)
    _KEPT.setdefault(axes, []).append(pd.concat([named, rows], axis="columns").reset_index(drop=True))


def figure_data(figure: Figure) -> pd.DataFrame:
    """Return what a figure draws as one table: panel, where panels have names, and the columns of their rows.

    Raises:
        ValueError: None of its panels kept any rows.
    """
    tables = [
        rows.assign(panel=axes.get_label())[["panel", *rows]]
        for axes in figure.axes
        for rows in _KEPT.get(axes, ())
    ]
    if not tables:
        raise ValueError("figure: no data to write; its panels are to keep theirs (graduated.plots.data)")
    table = pd.concat([rows.astype(object) for rows in tables], ignore_index=True).convert_dtypes()
    named = (table["panel"] != "").any()
    return table.sort_values("panel", kind="stable") if named else table.drop(columns="panel")
