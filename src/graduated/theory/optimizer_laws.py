"""Update rules of gradient methods, and what follows from them in closed form.

Steepest descent, momentum (Polyak 1964; Nesterov 1983), AdaGrad (Duchi et al. 2011), RMSprop and Adam (Kingma
& Ba 2015), as in Goodfellow et al., Deep Learning, chapter 8; and SGD, whose noise arXiv 2311.08745 takes to
smooth the loss by δ = αC/√b.
"""

from graduated.studies import Findings, Report
from graduated.studies.settings import OptimizerLaws
from graduated.theory.optimizer_laws_escape import escapes
from graduated.theory.optimizer_laws_identities import identities, step_sizes, valley_paths
from graduated.theory.optimizer_laws_noise import decays, floors
from graduated.theory.optimizer_laws_noise_verdicts import noise_verdicts
from graduated.theory.optimizer_laws_quadratic import rates, stability, stability_curves
from graduated.theory.optimizer_laws_surfaces import compare, grid, runs
from graduated.theory.optimizer_laws_verdicts import verdicts


def measure(settings: OptimizerLaws, report: Report) -> Findings:
    """Check the update rules against their closed forms, and compare them.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``valley`` (paths), ``identities``, ``step_sizes``, ``rates`` and ``stability`` (measured and
        predicted), ``stability_curves``, ``grid`` (every learning rate on every surface), ``runs`` (at the
        chosen ones), ``floor``, ``decay`` and ``escape`` (SGD with noise).
    """
    report(0.0, "closed forms")
    valley = valley_paths()
    tables = {
        "valley": valley,
        "identities": identities(valley, settings),
        "step_sizes": step_sizes(),
        "rates": rates(settings),
        "stability": stability(),
        "stability_curves": stability_curves(),
    }
    steps = compare(settings, lambda done, what: report(0.2 + 0.5 * done, what))
    tables["grid"] = grid(steps, settings)
    tables["runs"] = runs(steps, tables["grid"])
    report(0.7, "noise floor")
    tables |= {"floor": floors(settings), "decay": decays(settings)}
    tables["escape"] = escapes(settings, lambda done, what: report(0.75 + 0.25 * done, what))
    report(1.0, "done")
    return Findings(tables, [*verdicts(tables, settings), *noise_verdicts(tables)])
