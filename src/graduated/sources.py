"""Which source code a program depends on: the static closure of its imports, by content without comments."""

import ast
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

from graduated.references import is_reference

PACKAGE = Path(__file__).parent
CANNOT_CHANGE_RESULTS = (
    "program.py",
    "progress.py",
    "provenance.py",
    "sources.py",
    "studies/catalogue.py",
    "studies/chapters/",
    "studies/settings/",
)
"""Beginnings of names: what only reports or lists, and the settings of studies, which specifications hold."""


def closure(program: Path, references: Sequence[str] = ()) -> dict[str, str]:
    """Return every file that a program imports, directly or not, with a digest of its code.

    Files of this package count, and of the current folder those that belong to what is loaded by name.

    Args:
        program: A Python file.
        references: ``module:function`` that it loads by name, of this package or in the current folder;
            names without a colon are passed over.

    Returns:
        Paths (relative to the package; ``./`` and the path in the current folder; the program by its folder
        and name) to the SHA-256 of the syntax tree without docstrings: comments, layout and documentation
        change nothing, nor does the version of Python.

    Raises:
        ValueError: A file is not valid Python.
    """
    program, folder = Path(program).resolve(), Path.cwd()
    modules = [reference.partition(":")[0] for reference in references if is_reference(reference)]
    todo = [program, *(file for module in modules for file in _module_files(module, folder))]
    digests, seen = {}, set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        code_digest, imported = _analyse_file(path)
        if path == program or path.is_relative_to(PACKAGE):
            inside = path.is_relative_to(PACKAGE)
            name = path.relative_to(PACKAGE).as_posix() if inside else f"{path.parent.name}/{path.name}"
            todo += [file for module in imported for file in _module_files(module)]
        else:
            own = path.relative_to(folder)
            name, package = f"./{own.as_posix()}", ".".join(own.parent.parts)
            todo += [file for module in imported for file in _module_files(module, folder, package)]
        if not name.startswith(CANNOT_CHANGE_RESULTS):
            digests[name] = code_digest
    return dict(sorted(digests.items()))


def _analyse_file(path: Path) -> tuple[str, frozenset[str]]:
    try:
        return _analyse(path.read_bytes())
    except SyntaxError as error:
        raise ValueError(f"{path}: line {error.lineno}: not valid Python ({error.msg})") from None


@cache
def _analyse(code: bytes) -> tuple[str, frozenset[str]]:
    """Return the digest of a file's code, and the names of what it imports, dots before relative ones."""
    tree, imported = ast.parse(code), set()
    for node in ast.walk(tree):
        imported.update(_imports(node))
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            del body[0]
    return hashlib.sha256(ascii(_plain(tree)).encode()).hexdigest(), frozenset(imported)


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


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        yield module
        yield from (module + "." * bool(node.module) + alias.name for alias in node.names)


def _module_files(name: str, folder: Path | None = None, package: str = "") -> list[Path]:
    """Return a module's file and those of the packages around it; nothing for modules of others.

    Args:
        name: Of the module, with dots before it where it is relative to a package.
        folder: Where to look for modules that are not of this package; nowhere if None.
        package: Of the file that imports it, in that folder.
    """
    try:
        parts = resolve_name(name, package).split(".")
    except ImportError:  # relative to no package, as Python will say when it is imported
        return []
    if parts[0] == PACKAGE.name:
        return _package_files(tuple(parts))
    return _files(folder, parts) if folder else []


@cache
def _package_files(parts: tuple[str, ...]) -> list[Path]:
    """Return the files of a module of this package, which has the same ones as long as a process lives."""
    return _files(PACKAGE.parent, parts)


def _files(root: Path, parts: Sequence[str]) -> list[Path]:
    files: list[Path] = []
    for part in parts:
        module, root = root / f"{part}.py", root / part
        files += [file for file in (module, root / "__init__.py") if file.is_file()]
    return files


def digest(program: Path, references: Sequence[str] = ()) -> str:
    """Return one SHA-256 over the closure of a program and of what it loads by name."""
    return hashlib.sha256(repr(closure(program, references)).encode()).hexdigest()
