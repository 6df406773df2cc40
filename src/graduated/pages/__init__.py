"""HTML pages from templates: escaped, and a name that is missing is an error."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def template_environment(package: str) -> Environment:
    """Return the environment of a package's folder ``templates``, and of what all pages share.

    Args:
        package: Its full name.
    """
    return Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(__name__)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
