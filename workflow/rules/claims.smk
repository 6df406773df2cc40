# The papers' claims (workflow/claims.yaml), judged on the preset.


rule judge_claims:
    """A verdict on every claim: statistic per seed, interval over seeds, adjusted p."""
    input:
        claims="workflow/claims.yaml",
        sources=f"{RESULTS}/sources/judge_claims.json",
        table=rules.tabulate_results.output.table,
        comparisons=expand(rules.tabulate_comparison.output.history, comparison=plan.methods),
    output:
        f"{RESULTS}/claims.csv",
    log:
        f"{RESULTS}/logs/judge_claims.log",
    params:
        programs=PROGRAMS,
    shell:
        "{params.programs}/judge_claims.py {input.claims} --results {input.table}"
        " --comparisons {input.comparisons} --output {output} 2>&1 | tee -i {log} >&2"


REFERENCES = sorted(glob("results/reference/*/claims.csv"))


rule readme:
    """The verdicts of the reference results in README.md, between its two marks."""
    input:
        claims="workflow/claims.yaml",
        sources=f"{RESULTS}/sources/write_verdicts.json",
        verdicts=REFERENCES,
    output:
        update("README.md"),
    log:
        f"{RESULTS}/logs/readme.log",
    params:
        programs=PROGRAMS,
    shell:
        "{params.programs}/write_verdicts.py {input.claims} --verdicts {input.verdicts} --into {output}"
        " 2>&1 | tee -i {log} >&2"


rule findings:
    """docs/findings.md: every claim with our numbers, the paper's, and where they part."""
    input:
        claims="workflow/claims.yaml",
        findings="workflow/findings.yaml",
        sources=f"{RESULTS}/sources/write_findings.json",
        verdicts=REFERENCES,
    output:
        update("docs/findings.md"),
    log:
        f"{RESULTS}/logs/findings.log",
    params:
        programs=PROGRAMS,
    shell:
        "{params.programs}/write_findings.py {input.claims} {input.findings} --verdicts {input.verdicts}"
        " --output {output} 2>&1 | tee -i {log} >&2"
