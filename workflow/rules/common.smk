import re
import sys
from glob import glob
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(workflow.basedir) / "src"))

from graduated.experiment import files, imprints
from graduated.experiment.preset_file import read_config
from graduated.experiment.lock import hold_workflow
from graduated.experiment.plan import DECODER, make_plan, write_plan
from graduated.outbox import discard_finished
from graduated.storage import DamagedFileError
from graduated.studies.catalogue import STUDIES

with open(Path(workflow.basedir) / "workflow/schemas/config.schema.yaml", encoding="utf-8") as file:
    schema = yaml.safe_load(file)

lock = hold_workflow(Path(".snakemake"))

try:
    for path in workflow.configfiles:
        read_config(path)  # Snakemake, which has read it, takes the last of two equal keys
    plan = make_plan(config, schema)
    write_plan(plan, Path(workflow.basedir) / "scripts")
except (ValueError, DamagedFileError) as error:
    sys.exit(str(error))

RESULTS, FIGURES = str(plan.results), str(plan.figures)
MANIFEST = f"{RESULTS}/manifest.json"
DATA = str(plan.data)
PROGRAMS = f"{sys.executable} scripts"
COMPUTE = plan.config["compute"]
GRAPHS = "--cuda-graphs" if COMPUTE["cuda_graphs"] else ""
TRAINING = f"{GRAPHS} --checkpoint-seconds {COMPUTE['checkpoint_seconds']} --resume {RESULTS}/resume"
DEVICE = f"--device {COMPUTE['device']} --threads {COMPUTE['threads']}"
ON_DEVICE = {
    "gpu": int(COMPUTE["device"] != "cpu"),
    "mem_mb": COMPUTE["memory_mb"],
    "runtime": COMPUTE["runtime_minutes"],
}
MEASURES = list(plan.config["sharpness"])


wildcard_constraints:
    pack="|".join(map(re.escape, plan.packs)),
    measure="|".join(MEASURES),
    batch_size=r"\d+",
    cells="|".join(map(re.escape, plan.cells)) or "none",
    comparison="|".join(plan.methods) or "none",
