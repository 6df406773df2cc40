from graduated.plots.catalogue import PANELS


rule draw_figure:
    """One figure of the paper: PNG, vector PDF, and what is drawn as CSV."""
    input:
        table=rules.tabulate_results.output.table,
        sources=f"{RESULTS}/sources/draw_figure.json",
    output:
        multiext(f"{FIGURES}/{{figure}}", *files.SUFFIXES),
    log:
        f"{RESULTS}/logs/draw_figure/{{figure}}.log",
    wildcard_constraints:
        figure="|".join(PANELS),
    params:
        programs=PROGRAMS,
        imprint=imprints.training_imprint(plan),
    shell:
        "{params.programs}/draw_figure.py {wildcards.figure} --table {input.table}"
        " --output {output} --imprint {params.imprint:q} 2>&1 | tee -i {log} >&2"


rule draw_figures:
    """All figures."""
    input:
        expand(rules.draw_figure.output, figure=PANELS),
