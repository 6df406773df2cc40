"""Code of others, used from a checkout that the user has made; nothing of it is part of this project."""

import ast
import contextlib
import importlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import torch


def is_there(folder: Path | None, address: str) -> bool:
    """Tell whether there is a checkout; where there is none, say so in one line on standard error."""
    if folder and folder.is_dir():
        return True
    found = f"{folder} is no folder" if folder else "no --peer FOLDER"
    print(f"peer skipped: {found}; get it by: git clone {address}", file=sys.stderr)
    return False


def commit(folder: Path) -> str:
    """Return the commit of a checkout, ``unknown`` where the folder is none."""
    command = ["git", "-C", str(folder), "rev-parse", "--show-toplevel", "HEAD"]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    top, _, head = result.stdout.strip().partition("\n")
    return head if top and Path(top).resolve() == folder.resolve() else "unknown"


@contextlib.contextmanager
def modules(folder: Path, *names: str) -> Iterator[tuple[ModuleType, ...]]:
    """Import modules from a folder; with the block they and what they imported from there are forgotten."""
    before = dict(sys.modules)
    for name in names:
        sys.modules.pop(name, None)
    sys.path.insert(0, str(folder))
    try:
        yield tuple(importlib.import_module(name) for name in names)
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - set(before):
            if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
        sys.modules.update({name: before[name] for name in names if name in before})


def assignments(path: Path, names: Sequence[str], namespace: dict[str, Any]) -> None:
    """Carry out the first assignment to each name in a source file, wherever in the file it stands.

    So a script's own objects can be had where the script as a whole does not run.

    Args:
        path: The source file.
        names: The names, in the order of their assignment.
        namespace: What the assignments refer to; takes the results.

    Raises:
        ValueError: A name is nowhere assigned to.
    """
    found: dict[str, ast.Assign] = {}
    statements = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Assign)
    ]
    for statement in sorted(statements, key=lambda node: node.lineno):
        found.setdefault(ast.unparse(statement.targets[0]), statement)
    for name in names:
        if name not in found:
            raise ValueError(f"{path}: expected an assignment to {name}, found none")
        exec(compile(ast.Module([found[name]], []), str(path), "exec"), namespace)


@contextlib.contextmanager
def cuda_calls_kept_on(device: torch.device) -> Iterator[None]:
    """Make ``tensor.cuda()`` move a tensor to a device, whichever that is."""
    with mock.patch.object(torch.Tensor, "cuda", lambda self, *_, **__: self.to(device)):
        yield


@contextlib.contextmanager
def defaults_of_pytorch() -> Iterator[None]:
    """Allow what PyTorch allows by default: any kernels, and TF32 in convolutions but not in products."""
    convolutions, products = torch.backends.cudnn, torch.backends.cuda.matmul
    before = convolutions.allow_tf32, products.allow_tf32, torch.are_deterministic_algorithms_enabled()

    def put(tf32_convolutions: bool, tf32_products: bool, deterministic: bool) -> None:
        convolutions.allow_tf32, products.allow_tf32 = tf32_convolutions, tf32_products
        torch.use_deterministic_algorithms(deterministic)

    put(True, False, False)
    try:
        yield
    finally:
        put(*before)
