# All measures of sharpness of the preset beside one another (the figures (a)-(d) show the first alone).


rule rank_sharpness:
    """Rank correlations of the measures with one another, with δ, η/b, training loss and test accuracy."""
    input:
        specification=f"{RESULTS}/specifications/table.json",
        sources=f"{RESULTS}/sources/rank_sharpness.json",
        table=rules.tabulate_results.output.table,
    output:
        f"{RESULTS}/sharpness_ranks.csv",
    log:
        f"{RESULTS}/logs/rank_sharpness.log",
    params:
        programs=PROGRAMS,
    shell:
        "{params.programs}/rank_sharpness.py {input.specification} --table {input.table}"
        " --output {output} 2>&1 | tee -i {log} >&2"


rule draw_sharpness:
    """The matrix of these correlations, and every measure against δ."""
    input:
        measures=expand(f"{RESULTS}/specifications/sharpness/{{measure}}.json", measure=MEASURES),
        sources=f"{RESULTS}/sources/draw_sharpness.json",
        table=rules.tabulate_results.output.table,
        ranks=rules.rank_sharpness.output[0],
    output:
        files.sharpness_figures(plan),
    log:
        f"{RESULTS}/logs/draw_sharpness.log",
    params:
        programs=PROGRAMS,
        folder=subpath(output[0], parent=True),
        imprint=imprints.training_imprint(plan),
    shell:
        "{params.programs}/draw_sharpness.py {input.measures} --table {input.table} --ranks {input.ranks}"
        " --output {params.folder} --imprint {params.imprint:q} 2>&1 | tee -i {log} >&2"
