"""The page: a template, filled. No script and no style of others, and nothing from a network."""

import re

from markupsafe import Markup

from graduated.pages import template_environment
from graduated.report.collect import Report
from graduated.report.tables import number


def render(report: Report) -> str:
    """Return the report as one HTML page that needs no other file; the same report, the same page."""
    environment = template_environment("graduated.report")
    environment.filters.update(number=number, breakable=_breakable)
    return environment.get_template("report.html").render(report=report)


def _breakable(text: str) -> Markup:
    """Let a name or a path go on in the next line after its dots, slashes and underscores."""
    return Markup("<wbr>").join(re.split(r"(?<=[./_~])(?=[^\W\d])", text))
