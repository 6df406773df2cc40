# SGD's noise as implicit smoothing: data → C² → training → sharpness → results → figures.
#
#   snakemake --cores all                                          the paper (config.yaml), one job on a GPU
#   snakemake --cores all --configfile config/digits.yaml          the demo, minutes on a CPU

from snakemake.utils import min_version

min_version("9.20")

if not workflow.overwrite_configfiles:

    configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/noise.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/sharpness.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/sharpness_measures.smk"
include: "workflow/rules/comparisons.smk"
include: "workflow/rules/studies.smk"
include: "workflow/rules/claims.smk"


rule all:
    default_target: True
    input:
        rules.tabulate_results.output,
        rules.draw_figures.input,
        rules.draw_sharpness.output,
        rules.draw_noise.output,
        rules.comparisons.input,
        rules.judge_claims.output,
        f"{FIGURES}/index.html",
        MANIFEST,


include: "workflow/rules/gallery.smk"  # shows what the rule all makes
include: "workflow/rules/manifest.smk"  # has the checksums of what the rule all makes
include: "workflow/rules/reference.smk"
include: "workflow/rules/report.smk"  # shows the same


onsuccess:
    discard_finished(plan.results / "resume")
