"""Symmetry teleportation of small networks on handwritten digits (arXiv 2305.13404)."""

from graduated.studies import Findings, Report
from graduated.studies.settings import TeleportationOnDigits
from graduated.teleportation.correlation import correlate
from graduated.teleportation.digits_verdicts import ratios, verdicts
from graduated.teleportation.invariance import audit
from graduated.teleportation.networks import load_digits
from graduated.teleportation.optimizers import compare


def measure(settings: TeleportationOnDigits, report: Report) -> Findings:
    """Audit the actions, train with teleports and with the reset alone, and correlate sharpness.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``invariance`` (changes of the loss by action), ``histories``, ``teleports`` and ``ratios``
        (losses by optimizer and arm, what teleports did, and final test losses over one another), and
        ``sharpness`` and ``correlations`` (of every network, and with the test loss).
    """
    train, test = load_digits()
    report(0.0, "invariance")
    invariance = audit(settings, train)
    histories, teleports = compare(settings, train, test, lambda done, what: report(0.05 + 0.65 * done, what))
    sharpness, correlations = correlate(
        settings, train, test, lambda done, what: report(0.7 + 0.3 * done, what)
    )
    tables = {
        "invariance": invariance,
        "histories": histories,
        "teleports": teleports,
        "ratios": ratios(histories),
        "sharpness": sharpness,
        "correlations": correlations,
    }
    report(1.0, "done")
    return Findings(tables, list(verdicts(tables)))
