"""The theory of symmetry teleportation on functions where it can be checked (arXiv 2305.13404)."""

from graduated.studies import Findings, Report
from graduated.studies.settings import TeleportationTheory
from graduated.teleportation import descents, theorems
from graduated.teleportation.theory_verdicts import verdicts


def measure(settings: TeleportationTheory, report: Report) -> Findings:
    """Descend with and without teleports, and compare with closed forms, theorems and controls.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``booth``, ``rosenbrock`` and ``ends`` (losses by arm), ``booth_level_sets`` (outlines),
        ``after_one`` (whether the steepest point stays steepest), ``contraction`` (rates on quadratics),
        ``newton`` and ``orders`` (single steps), and ``bound`` (both sides of Theorem 3.1).
    """
    report(0.0, "gradient descent on Booth's and Rosenbrock's functions")
    rosenbrock, ends = descents.rosenbrock(settings)
    tables = {
        "booth": descents.booth(),
        "booth_level_sets": descents.booth_level_sets(),
        "rosenbrock": rosenbrock,
        "ends": ends,
        "after_one": descents.after_one_teleport(settings),
        "contraction": descents.contraction(),
    }
    report(0.3, "Newton's direction")
    steps = theorems.newton(settings)
    report(0.4, "the bound of Theorem 3.1")
    tables |= {"newton": steps, "orders": theorems.orders(steps), "bound": theorems.bound(settings)}
    report(1.0, "done")
    return Findings(tables, list(verdicts(tables)))
