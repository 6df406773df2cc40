# The report of a preset: a page of ours, and Snakemake's own (--report) with the same figures and captions.

from graduated.plots.catalogue import find
from graduated.report.figures import restructured_caption
from graduated.storage import write_if_changed


report: "../report/workflow.rst"


PICTURES = {path: find(Path(path).stem) for path in SHOWN if path.endswith(".png")}
TABLES = [path for path in SHOWN if path.startswith(f"{RESULTS}/")]
CAPTIONS = Path(f"{RESULTS}/captions").absolute()
OF_INTEREST = {
    "results.csv": "Every run",
    "claims.csv": "Verdicts on the claims",
    "verdicts.csv": "Verdicts of the studies",
    "cost.csv": "What it cost",
}

for entry in PICTURES.values():
    write_if_changed(CAPTIONS / f"{entry.name}.rst", restructured_caption(entry))


rule write_report:
    """One HTML page: verdicts, figures, settings with their sources, differences, cost, origin."""
    input:
        sources=f"{RESULTS}/sources/write_report.json",
        templates=sorted(glob("src/graduated/report/templates/*") + glob("src/graduated/pages/templates/*")),
        preset=workflow.configfiles[-1],
        schema="workflow/schemas/config.schema.yaml",
        results=rules.tabulate_results.output.table,
        noise=rules.summarise_noise.output[0],
        cost=rules.tabulate_results.output.cost,
        claims=rules.judge_claims.output[0],
        studies=rules.tabulate_verdicts.output if plan.studies else [],
        figures=list(PICTURES),
        tables=TABLES,
        differences="workflow/report/differences.yaml",
        citation="CITATION.cff",
    output:
        f"{RESULTS}/report.html",
    log:
        f"{RESULTS}/logs/write_report.log",
    params:
        programs=PROGRAMS,
        studies="--studies" if plan.studies else "",
    shell:
        "{params.programs}/write_report.py --preset {input.preset} --schema {input.schema}"
        " --results {input.results} --noise {input.noise} --cost {input.cost} --claims {input.claims}"
        " {params.studies} {input.studies} --figures {input.figures} --tables {input.tables}"
        " --differences {input.differences} --citation {input.citation} --output {output}"
        " 2>&1 | tee -i {log} >&2"


rule report:
    """The page, and all that Snakemake's own report shows."""
    input:
        rules.write_report.output,
        [
            report(
                picture,
                caption=CAPTIONS / f"{entry.name}.rst",
                category=entry.section,
                labels={"figure": entry.title},
            )
            for picture, entry in PICTURES.items()
        ],
        [
            report(
                table,
                caption=f"../report/{Path(table).stem}.rst",
                category="Tables",
                labels={"table": OF_INTEREST[Path(table).name]},
            )
            for table in TABLES
            if Path(table).name in OF_INTEREST
        ],
