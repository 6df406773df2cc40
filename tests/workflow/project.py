"""A copy of the project in which Snakemake can be run and sources edited."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from paths import ROOT
from warm import interpreter

PARTS = ("Snakefile", "CITATION.cff", "config.yaml", "config", "workflow", "profiles", "scripts", "src")


class Project:
    """The project's files in a folder of its own.

    Args:
        folder: Where; an existing copy is used as it is.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        if not folder.exists():
            folder.mkdir()
            for part in PARTS:
                self._copy(part)

    def _copy(self, part: str) -> None:
        source, target = ROOT / part, self.folder / part
        if source.is_dir() and not source.is_symlink():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target, follow_symlinks=False)

    def clone(self, folder: Path) -> "Project":
        """Copy everything, results and Snakemake's records included, dates kept."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder)

    def write_preset(self, changes: dict | None = None) -> Path:
        """Write ``config/tiny.yaml``: the smoke preset cut down to seconds, with changes by dotted key."""
        config = yaml.safe_load((ROOT / "config/smoke.yaml").read_text())
        config.update(preset="tiny", comparisons={}, studies={})
        config["training"].update(epochs=1, train_samples=256)
        config["noise"]["per_sample"].update(epochs=[0, 1], seed=[0], samples=128)
        config["noise"]["cells"].update(batch_size=[128], seed=[0], epochs=[0, 1])
        config["noise"]["critical_batch_size"].update(batch_size=[128], max_epochs=1, threshold=10.0)
        for key, value in (changes or {}).items():
            target, *path = config, *key.split(".")
            for part in path[:-1]:
                target = target[part]
            target[path[-1]] = value
        path = self.folder / "config" / "tiny.yaml"
        path.write_text(yaml.safe_dump(config))
        return path

    def snakemake(self, *arguments: str, config: str = "config/tiny.yaml") -> subprocess.CompletedProcess:
        """Run Snakemake on one core, its jobs and itself by :mod:`warm` forks."""
        return self._run(interpreter(), "-m", "snakemake", *arguments, *self._options(config))

    def cold_snakemake(
        self, *arguments: str, config: str = "config/tiny.yaml"
    ) -> subprocess.CompletedProcess:
        """Run Snakemake on one core as a user does: every job starts Python anew."""
        return self._run(sys.executable, "-m", "snakemake", *arguments, *self._options(config))

    def program(self, name: str, *arguments: str) -> subprocess.CompletedProcess:
        """Run one of the scripts."""
        return self._run(interpreter(), f"scripts/{name}.py", *arguments)

    def _run(self, *command: str) -> subprocess.CompletedProcess:
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    @staticmethod
    def _options(config: str) -> list[str]:
        return ["--cores", "1", "--configfile", config]

    def build(self, *arguments: str) -> None:
        """Build everything; the test fails with Snakemake's words if that does."""
        result = self.snakemake(*arguments)
        assert result.returncode == 0, result.stderr[-3000:]

    def pending(self, *arguments: str) -> dict[str, list[str]]:
        """Return the outputs of a dry run's jobs by rule, but for rules that follow all others."""
        result = self.snakemake(*arguments, "--dry-run", "--quiet", "host")
        assert result.returncode == 0, result.stderr[-3000:]
        jobs: dict[str, list[str]] = {}
        rule = ""
        for line in (result.stdout + result.stderr).splitlines():
            words = line.split()
            if words[:1] in (["rule"], ["localrule"]) and line.endswith(":"):
                rule = words[1].rstrip(":")
                jobs.setdefault(rule, [])
            elif words[:1] == ["output:"]:
                jobs[rule].append(line.partition(":")[2].strip())
        return {name: outputs for name, outputs in jobs.items() if name not in ("all", "studies", "manifest")}

    def edit(self, path: str, before: str, after: str) -> None:
        """Replace a piece of a file that must be there."""
        file = self.folder / path
        text = file.read_text()
        assert before in text, f"{path} has no {before!r}"
        file.write_text(text.replace(before, after))

    def results(self) -> Path:
        """The folder of the results."""
        return self.folder / "results" / "tiny"

    def record(self, path: str) -> dict:
        """Read a JSON file of the results."""
        return json.loads((self.results() / path).read_text())
