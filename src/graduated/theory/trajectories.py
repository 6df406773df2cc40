"""Whether SGD's noise equals optimising the smoothed function along a trajectory, and a schedule."""

from graduated.proportions import difference_interval
from graduated.studies import CONTRADICTED, INCONCLUSIVE, SUPPORTED, Findings, Report, Tables, Verdict
from graduated.studies.settings import Trajectories
from graduated.studies.verdicts import interval_verdict, share_verdict
from graduated.theory.agreement import EXACT, EXPLICIT, SGD, agreement, spreads
from graduated.theory.schedules import CONSTANT, NO_NOISE, schedules

LEVEL = 0.05
"""Of the tests."""

EQUAL = 0.1
"""Relative difference up to which spreads count as equal, difference up to which shares do, and share of
settings that may differ."""

SOLVED = 0.95
"""Share of starts from which a schedule is to succeed in closed form, to be compared with."""

_PAPER = "arXiv 2311.08745"


def measure(settings: Trajectories, report: Report) -> Findings:
    """Compare SGD with gradient descent on f̂_δ at δ = ηC/√b, explicit noise and the closed form.

    The variable of SGD that is compared is y = x − η∇f(x), that of the identity; x is one noise step away.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``spread`` (round the minimum of a quadratic), ``agreement`` and ``basins`` (constant noise on
        Rastrigin's function), ``schedules`` (success at decreasing noise).
    """
    spread = spreads(settings)
    constant = agreement(settings, lambda done, what: report(0.4 * done, what))
    decreasing = schedules(settings, lambda done, what: report(0.4 + 0.6 * done, what))
    report(1.0, "done")
    tables = {"spread": spread, **constant, "schedules": decreasing}
    return Findings(tables, [_spread(tables), _ends(tables), _schedules(tables)])


def _spread(tables: Tables) -> Verdict:
    ratios = tables["spread"][tables["spread"]["variable"] == "y/z"]
    row = ratios.loc[ratios["relative_rate"].idxmin()]
    return interval_verdict(
        "SGD and gradient descent with explicit noise δ = ηC/√b spread alike round a minimum",
        f"{_PAPER}, section 3, taken as a statement on trajectories",
        f"standard deviation of y over that of z, quadratic with ηλ = {row['relative_rate']:g}",
        row[["value", "low", "high"]],
        row["n"],
        "runs of each",
        "Predicted |1 − ηλ|/(ηλ): equal at ηλ = 1/2 only. Every step agrees in expectation, yet SGD adds "
        "(1 − ηλ)δu to y and explicit noise ηλδu to z.",
        above=1 - EQUAL,
        below=1 + EQUAL,
    )


def _ends(tables: Tables) -> Verdict:
    table = tables["agreement"]
    final = table[(table["progress"] == 1) & (table["first"] == SGD)]
    pairs = final[final["second"] == EXPLICIT]
    exact = final[final["second"] == EXACT]
    largest = pairs.loc[pairs["wasserstein"].idxmax()]
    return share_verdict(
        "SGD ends in the distribution that gradient descent with explicit noise δ = ηC/√b ends in",
        f"{_PAPER}, section 3, taken as a statement on trajectories",
        "share of settings of η and δ whose distributions differ (Kolmogorov–Smirnov, Holm, 5 %)",
        pairs["p_holm"] < LEVEL,
        "settings",
        f"Rastrigin's function; y of SGD, {int(pairs['n'].iloc[0])} runs of each. Largest Wasserstein "
        f"distance {largest['wasserstein']:.1f} basins, at ηL = {largest['relative_rate']:g}, δ = "
        f"{largest['smoothing']:g}. Against f̂_δ in closed form {int((exact['p_holm'] < LEVEL).sum())} of "
        f"{len(exact)} differ. Small noise leaves all of them in the basins they started in.",
        below=EQUAL,
    )


def _schedules(tables: Tables) -> Verdict:
    """Compare closed form and SGD in the schedule, solved in closed form, where they differ least."""
    table = tables["schedules"]
    decreasing = table[~table["schedule"].isin((CONSTANT, "none"))]
    keys = ["schedule", "first_smoothing", "stage_steps"]
    successes = decreasing.pivot(index=keys, columns="arm", values="successes")
    number = int(table["starts"].iloc[0])
    solved = successes[successes[EXACT] >= SOLVED * number]
    source = f"{_PAPER}, implicit graduated optimization"
    claim = "SGD's noise equals optimising f̂_δ along a whole schedule"
    statistic = f"share of starts that succeed, closed form less SGD; equal up to {EQUAL}"
    if solved.empty:
        remark = "No schedule succeeds in closed form, so that there is nothing to compare with."
        return Verdict(claim, source, INCONCLUSIVE, statistic, 0.0, -1.0, 1.0, number, "starts", remark)
    where = (solved[EXACT] - solved[SGD]).idxmin()
    best = solved.loc[where]
    low, high = difference_interval(int(best[EXACT]), int(best[SGD]), number)
    alone = float(table.loc[table["arm"] == NO_NOISE, "share"].iloc[0])
    return Verdict(
        claim=claim,
        source=source,
        outcome=CONTRADICTED if low > EQUAL else SUPPORTED if low > -EQUAL and high < EQUAL else INCONCLUSIVE,
        statistic=statistic,
        value=float((best[EXACT] - best[SGD]) / number),
        low=low,
        high=high,
        n=number,
        unit="starts",
        remark=(
            f"Rastrigin's function, δ from {where[1]:g}, lowered by {where[0]}, {where[2]} steps per stage: "
            f"closed form {best[EXACT] / number:.0%}, SGD {best[SGD] / number:.0%}, explicit noise "
            f"{best[EXPLICIT] / number:.0%}, no noise {alone:.0%}; the least difference. SGD reaches "
            f"{successes[SGD].max() / number:.0%} at best."
        ),
    )
