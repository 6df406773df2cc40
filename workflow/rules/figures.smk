PANELS = [
    "a_sharpness_vs_batch_size",
    "b_sharpness_vs_learning_rate",
    "c_sharpness_vs_smoothing",
    "d_accuracy_vs_sharpness",
    "e_accuracy_vs_smoothing",
    "overview",
]


rule draw_figure:
    """One figure of the paper, as PNG and as vector PDF."""
    input:
        table=rules.tabulate_results.output.table,
        sources=f"{RESULTS}/sources/draw_figure.json",
    output:
        png=f"{FIGURES}/{{figure}}.png",
        pdf=f"{FIGURES}/{{figure}}.pdf",
    log:
        f"{RESULTS}/logs/draw_figure/{{figure}}.log",
    wildcard_constraints:
        figure="|".join(PANELS),
    params:
        programs=PROGRAMS,
    shell:
        "{params.programs}/draw_figure.py {wildcards.figure} --table {input.table}"
        " --output {output.png} {output.pdf} 2>&1 | tee -i {log} >&2"


rule draw_figures:
    """All figures."""
    input:
        expand(rules.draw_figure.output, figure=PANELS),
