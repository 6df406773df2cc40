"""Which source code a program depends on: the static closure of its imports, by content without comments."""

import ast
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from graduated.references import is_reference

PACKAGE = Path(__file__).parent
CANNOT_CHANGE_RESULTS = frozenset(
    {
        "program.py",
        "progress.py",
        "provenance.py",
        "sources.py",
        "studies/catalogue.py",
        "studies/settings/__init__.py",
        "studies/settings/functions.py",
        "studies/settings/networks.py",
        "studies/settings/optimizers.py",
    }
)
"""What only reports; and the settings of studies, for a study's specification holds all of its own."""


def closure(program: Path, references: Sequence[str] = ()) -> dict[str, str]:
    """Return every file of this package that a program imports, directly or not, with a digest of its code.

    Args:
        program: A Python file.
        references: ``module:function`` that it loads by name, of this package or in the current folder;
            names without a colon are passed over.

    Returns:
        Paths (relative to the package; others by folder and name) to the SHA-256 of the syntax tree without
        docstrings: comments, layout and documentation change nothing, nor does the version of Python.
    """
    modules = [reference.partition(":")[0] for reference in references if is_reference(reference)]
    own = [Path(*module.split(".")).with_suffix(".py") for module in modules]
    todo = [Path(program).resolve(), *filter(Path.is_file, own)]
    todo += [path for module in modules for path in _module_files(module)]
    digests, seen = {}, set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        code_digest, imported = _analyse(path.read_text())
        inside = path.is_relative_to(PACKAGE)
        name = path.relative_to(PACKAGE).as_posix() if inside else f"{path.parent.name}/{path.name}"
        if name not in CANNOT_CHANGE_RESULTS:
            digests[name] = code_digest
        todo += [file for module in imported for file in _module_files(module)]
    return dict(sorted(digests.items()))


@cache
def _analyse(code: str) -> tuple[str, frozenset[str]]:
    """Return the digest of a file's code, and the names of what it imports."""
    tree = ast.parse(code)
    imported = frozenset(_imports(tree))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            del body[0]
    return hashlib.sha256(ascii(_plain(tree)).encode()).hexdigest(), imported


def _plain(value: Any) -> Any:
    """Return a syntax tree as tuples without its empty fields, which depend on Python's version."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, ast.AST):
        return value
    fields = {name: _plain(child) for name, child in ast.iter_fields(value)}
    if isinstance(value, ast.JoinedStr):
        fields["values"] = [part for part in fields["values"] if part != ("Constant", ("value", ""))]
    return type(value).__name__, *((name, field) for name, field in fields.items() if field not in (None, []))


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _module_files(name: str) -> list[Path]:
    """Return a module's file and those of the packages around it; nothing for modules of others."""
    package, *parts = name.split(".")
    if package != PACKAGE.name:
        return []
    folder, files = PACKAGE, [PACKAGE / "__init__.py"]
    for part in parts:
        module = folder / f"{part}.py"
        folder = folder / part
        files += [file for file in (module, folder / "__init__.py") if file.is_file()]
    return files


def digest(program: Path, references: Sequence[str] = ()) -> str:
    """Return one SHA-256 over the closure of a program and of what it loads by name."""
    return hashlib.sha256(repr(closure(program, references)).encode()).hexdigest()
