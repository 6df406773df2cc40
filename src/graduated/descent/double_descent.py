"""Double descent of the risk: in parameters, in samples, and in time."""

from graduated.descent import epochs, sizes
from graduated.studies import Findings, Report
from graduated.studies.settings import DoubleDescent


def measure(settings: DoubleDescent, report: Report) -> Findings:
    """Compare the risk of linear regressions with closed forms, over sizes and along gradient descent.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``parameters`` and ``samples`` with their summaries, ``parameters_summary`` and
        ``samples_summary`` (``sizes``), ``steps`` (``epochs``), and ``plateaus`` (closed
        forms of ``epochs``).
    """
    report(0.0, "parameters")
    parameters = sizes.by_parameters(settings)
    report(0.6, "samples")
    samples = sizes.by_samples(settings)
    report(0.9, "steps")
    steps = epochs.by_steps(settings)
    report(1.0, "done")
    tables = {
        "parameters": parameters,
        "parameters_summary": sizes.summary(parameters, ("model", "parameters", "samples")),
        "samples": samples,
        "samples_summary": sizes.summary(samples, ("estimator", "parameters", "samples")),
        "steps": steps,
        "plateaus": epochs.plateaus(settings),
    }
    verdicts = [
        *sizes.verdicts_on_parameters(parameters, settings),
        *sizes.verdicts_on_samples(samples, settings),
        *epochs.verdicts(steps, settings),
    ]
    return Findings(tables, verdicts)
