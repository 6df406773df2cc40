# The results that README.md and docs/ rest on: results/reference.

with open(Path(workflow.basedir) / "workflow/reference.yaml", encoding="utf-8") as file:
    PUBLISHED = {
        name: path.format(results=RESULTS, figures=FIGURES)
        for name, path in yaml.safe_load(file).get(plan.config["preset"], {}).items()
    }
REFERENCE = f"results/reference/{plan.config['preset']}"


rule publish:
    """The preset's results into results/reference, where it is one of workflow/reference.yaml."""
    input:
        manifest=MANIFEST,
        sources=f"{RESULTS}/sources/publish_results.json",
        files=list(PUBLISHED.values()),
    output:
        manifest=update(f"{REFERENCE}/manifest.json"),
        files=update([f"{REFERENCE}/{name}" for name in PUBLISHED]),
    log:
        f"{RESULTS}/logs/publish.log",
    params:
        programs=PROGRAMS,
        names=list(PUBLISHED),
        folder=subpath(output.manifest, parent=True),
    shell:
        "{params.programs}/publish_results.py {input.manifest} --files {input.files} --names {params.names}"
        " --output {params.folder} 2>&1 | tee -i {log} >&2"
