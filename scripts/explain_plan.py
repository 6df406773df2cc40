"""Tell what would be computed again for a preset, and why: Snakemake's dry run in a line per rule and reason.

Run it in the project's folder. Programs and plan are named by their files in the preset's results:
sources/train_pack.json stands for the code of train_pack.py and of all that it imports.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import _source  # noqa: F401
from graduated.experiment.preset_file import read_config
from graduated.explanation import explain
from graduated.program import run_program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", type=Path, help="the preset's file, e.g. config/digits.yaml")
    preset = parser.parse_args().preset
    read_config(preset)
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "host", "--cores", "1"]
    command += ["--configfile", str(preset)]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if result.returncode:
        sys.exit((result.stdout + result.stderr).strip())
    lines = explain(result.stdout + result.stderr)
    print("\n".join(lines) if lines else f"{preset}: nothing is to be done")


if __name__ == "__main__":
    run_program(main)
