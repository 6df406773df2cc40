"""Weight decay and early stopping: which scales of λ are consistent, and how alike the two are."""

from graduated.descent import early_stopping, ridge, weight_decay
from graduated.studies import Findings, Report
from graduated.studies.settings import Regularisation


def measure(settings: Regularisation, report: Report) -> Findings:
    """Compare weight decay with itself on mapped data, and with early stopping.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``rescalings`` (``weight_decay``), ``effective_parameters`` (``ridge``), ``shrinkage`` and
        ``risks`` (``early_stopping``); columns in the modules' docstrings.
    """
    report(0.0, "networks on mapped data")
    rescalings = weight_decay.rescalings(settings)
    report(0.9, "paths of early stopping and of weight decay")
    tables = {
        "rescalings": rescalings,
        "effective_parameters": ridge.shrinkage(),
        "shrinkage": early_stopping.shrinkage(),
        "risks": early_stopping.risks(settings),
    }
    report(1.0, "done")
    verdicts = [
        *weight_decay.verdicts(rescalings),
        ridge.verdict(tables["effective_parameters"]),
        *early_stopping.verdicts(tables["shrinkage"], tables["risks"]),
    ]
    return Findings(tables, verdicts)
