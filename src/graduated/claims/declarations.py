"""The claims as declared in one file, and which of them were added after the results were seen."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from graduated.claims.regions import Region

ALL_RUNS, TRAINED_RUNS = "all", "trained"
"""Which runs a verdict rests on: all, or those that reached the median training loss."""

_JUDGED_HERE = ("measure", "statistic", "supported", "contradicted")
_RUNS = ("runs", "afterwards")
_JUDGED_BY_STUDY = ("study", "verdict")


@dataclass(frozen=True)
class Claim:
    """One statement of the papers as a test.

    Attributes:
        id: Its name.
        statement: What is claimed, in our words.
        source: Where.
        panel: Panel of figure 3 that shows it.
        measure: What is worked out for each seed, in words.
        statistic: The function that does it.
        options: Its options.
        comparison: Whose methods it is worked out on; "" is the grid.
        supported: Where the mean over seeds lies if the claim holds.
        contradicted: Where it lies if not.
        runs: On which runs it is judged: ``all``, ``trained``, or each of them by itself.
        afterwards: Those of ``runs`` for which it was declared after the results were seen.
        study: The study that judges it, in place of all from ``measure`` on.
        verdict: The claim as that study words it.
    """

    id: str
    statement: str
    source: str
    panel: str = ""
    measure: str = ""
    statistic: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    comparison: str = ""
    supported: Region | None = None
    contradicted: Region | None = None
    runs: tuple[str, ...] = (ALL_RUNS,)
    afterwards: tuple[str, ...] = ()
    study: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class Declarations:
    """All claims, and the least that a preset must hold for any of them to be judged.

    Attributes:
        claims: The claims, in the order to show them.
        needs: ``seeds``, and of the grid ``batch_sizes`` and ``learning_rates``.
    """

    claims: tuple[Claim, ...]
    needs: Mapping[str, int]


def read_claims(path: Path) -> Declarations:
    """Read the file of claims.

    Raises:
        ValueError: A claim has unknown or missing keys, a region that is none, or the id of another.
    """
    content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    claims = tuple(_claim(path, values) for values in content["claims"])
    names = [claim.id for claim in claims]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{path}: id {', '.join(sorted(repeated))}: expected every id once")
    return Declarations(claims, content["needs"])


def _claim(path: Path, values: Mapping[str, Any]) -> Claim:
    where = f"{path}: claim {values.get('id', '?')}"
    known = {one.name: one for one in fields(Claim)}
    required = {name for name, one in known.items() if one.default is one.default_factory is MISSING}
    required |= set(_JUDGED_BY_STUDY if "study" in values else _JUDGED_HERE)
    if unknown := set(values) - set(known):
        raise ValueError(f"{where}: unknown key {', '.join(sorted(unknown))}")
    if missing := required - set(values):
        raise ValueError(f"{where}: {', '.join(sorted(missing))} missing")
    try:
        regions = {
            name: Region.parse(values[name]) for name in ("supported", "contradicted") if name in values
        }
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    claim = Claim(**{**values, **regions, **{name: tuple(values[name]) for name in _RUNS if name in values}})
    if not claim.runs or not set(claim.afterwards) <= set(claim.runs) <= {ALL_RUNS, TRAINED_RUNS}:
        raise ValueError(
            f"{where}: runs: expected {ALL_RUNS}, {TRAINED_RUNS} or both; afterwards: some of them"
        )
    return claim
