# Methods compared with one another (config: comparisons). They share packs with the grid, where shapes agree.


def records_of(comparison, pattern, **wildcards):
    return expand(pattern, pack=plan.packs_of(comparison), **wildcards)


def published(comparison):
    """The table of published curves that a comparison is drawn beside; nothing where there is none."""
    name = plan.config["comparisons"][comparison]["published"]
    return f"workflow/published/{name}.csv" if name else []


def drawings(comparison):
    names = ["curves", "smoothing"] + ["published"] * bool(published(comparison))
    return expand(f"{FIGURES}/{comparison}_{{name}}.{{suffix}}", name=names, suffix=["png", "pdf"])


rule tabulate_comparison:
    """The methods' histories with δ, and where they stand at equal epochs and at equal updates."""
    input:
        specification=f"{RESULTS}/specifications/comparisons/{{comparison}}.json",
        sources=f"{RESULTS}/sources/tabulate_comparison.json",
        noise=rules.summarise_noise.output[0],
        training=lambda wildcards: records_of(wildcards.comparison, rules.train_pack.output.record),
        sharpness=lambda wildcards: records_of(
            wildcards.comparison, rules.measure_sharpness.output[0], measure=MEASURES[0]
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
            published=published(name),
        output:
            drawings(name),
        log:
            f"{RESULTS}/logs/draw_comparison/{name}.log",
        params:
            programs=PROGRAMS,
            comparison=name,
            published="--published " + published(name) if published(name) else "",
            folder=FIGURES,
        shell:
            "{params.programs}/draw_comparison.py {params.comparison} --history {input.history}"
            " {params.published} --output {params.folder} 2>&1 | tee -i {log} >&2"


def comparison_files():
    return [
        *expand(rules.tabulate_comparison.output, comparison=plan.methods),
        *(path for name in plan.methods for path in drawings(name)),
    ]
