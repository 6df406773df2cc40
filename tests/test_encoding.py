"""Text is UTF-8 whatever the machine's language: no file is read or written in the encoding of the locale."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paths import ROOT

FOLDERS = ("src", "scripts", "benchmarks")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def in_the_locales_encoding(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or any(keyword.arg == "encoding" for keyword in node.keywords):
            continue
        call = ast.unparse(node.func)
        name = f".{call}".rpartition(".")[2]
        binary = any(isinstance(part, ast.Constant) and "b" in str(part.value) for part in node.args)
        opened = name == "open" and not binary and call not in ("os.open", "tarfile.open")
        piped = name == "run" and any(keyword.arg == "text" for keyword in node.keywords)
        if opened or piped or (name in ("read_text", "write_text") and "." in call):
            yield node.lineno


def test_every_file_is_opened_with_its_encoding():
    found = {path: list(in_the_locales_encoding(ast.parse(path.read_bytes()))) for path in FILES}
    assert {path.name: lines for path, lines in found.items() if lines} == {}


def test_the_search_finds_what_it_looks_for():
    code = "a.read_text()\na.open()\nopen(p, 'w')\nrun(c, text=True)\na.open('rb')\na.read_text(encoding=e)"
    assert list(in_the_locales_encoding(ast.parse(code))) == [1, 2, 3, 4]


@pytest.mark.parametrize("path", [ROOT / "Snakefile", *(ROOT / "workflow/rules").glob("*.smk")], ids=str)
def test_rules_open_files_with_their_encoding(path):
    assert all("encoding=" in line for line in re.findall(r".*\bopen\(.*", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("program", "argument", "said"),
    [("show_status", "smoke.yaml", b"waiting"), ("tabulate_results", "--help", b"its history with ?")],
)
def test_programs_read_and_speak_in_an_ascii_locale(program, argument, said, tmp_path: Path):
    preset = (ROOT / "config/smoke.yaml").read_bytes() + "# δ = η√(C²/b)\n".encode()
    (tmp_path / "smoke.yaml").write_bytes(preset)
    command = [sys.executable, str(ROOT / f"scripts/{program}.py"), argument]
    result = subprocess.run(command, cwd=tmp_path, env=os.environ | ASCII, capture_output=True, check=False)
    assert result.returncode == 0 and said in result.stdout, result.stderr
