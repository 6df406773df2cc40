rule tabulate_results:
    """One tidy table, one row per run; the histories with δ; what it cost."""
    input:
        specification=f"{RESULTS}/specifications/table.json",
        sources=f"{RESULTS}/sources/tabulate_results.json",
        noise=rules.summarise_noise.output[0],
        training=expand(rules.train_pack.output.record, pack=plan.packs_of()),
        sharpness=expand(rules.measure_sharpness.output[0], measure=MEASURES, pack=plan.packs_of()),
    output:
        table=f"{RESULTS}/results.parquet",
        csv=f"{RESULTS}/results.csv",
        history=f"{RESULTS}/history.parquet",
        cost=f"{RESULTS}/cost.csv",
    log:
        f"{RESULTS}/logs/tabulate_results.log",
    params:
        programs=PROGRAMS,
        folder=subpath(output.table, parent=True),
    shell:
        "{params.programs}/tabulate_results.py {input.specification} --noise {input.noise}"
        " --training {input.training} --sharpness {input.sharpness} --output {params.folder}"
        " 2>&1 | tee -i {log} >&2"
