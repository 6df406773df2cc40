# Methods compared with one another (config: comparisons). They share packs with the grid, where shapes agree.


rule tabulate_comparison:
    """The methods' histories with δ, and where they stand at equal epochs and at equal updates."""
    input:
        specification=f"{RESULTS}/specifications/comparisons/{{comparison}}.json",
        sources=f"{RESULTS}/sources/tabulate_comparison.json",
        noise=rules.summarise_noise.output[0],
        training=lambda wildcards: expand(
            rules.train_pack.output.record, pack=plan.packs_of(wildcards.comparison)
        ),
        sharpness=lambda wildcards: expand(
            rules.measure_sharpness.output[0],
            measure=MEASURES[0],
            pack=plan.packs_of(wildcards.comparison),
        ),
    output:
        history=f"{RESULTS}/comparisons/{{comparison}}/history.parquet",
        equal_cost=f"{RESULTS}/comparisons/{{comparison}}/equal_cost.csv",
    log:
        f"{RESULTS}/logs/tabulate_comparison/{{comparison}}.log",
    params:
        programs=PROGRAMS,
        folder=subpath(output.history, parent=True),
    shell:
        "{params.programs}/tabulate_comparison.py {input.specification} --noise {input.noise}"
        " --training {input.training} --sharpness {input.sharpness} --output {params.folder}"
        " 2>&1 | tee -i {log} >&2"


for name in plan.methods:

    rule:
        name:
            f"draw_{name}"
        input:
            history=expand(rules.tabulate_comparison.output.history, comparison=name),
            sources=f"{RESULTS}/sources/draw_comparison.json",
            published=files.published_table(plan, name),
        output:
            files.comparison_figures(plan, name),
        log:
            f"{RESULTS}/logs/draw_comparison/{name}.log",
        params:
            programs=PROGRAMS,
            comparison=name,
            published="--published" if files.published_table(plan, name) else "",
            folder=subpath(output[0], parent=True),
            imprint=imprints.training_imprint(plan),
        shell:
            "{params.programs}/draw_comparison.py {params.comparison} --history {input.history}"
            " {params.published} {input.published} --output {params.folder} --imprint {params.imprint:q}"
            " 2>&1 | tee -i {log} >&2"


rule comparisons:
    """Tables and figures of every comparison."""
    input:
        expand(rules.tabulate_comparison.output, comparison=plan.methods),
        [files.comparison_figures(plan, name) for name in plan.methods],
