# Studies (config: studies): questions of their own, each with tables, verdicts and figures.


for name in plan.studies:
    if STUDIES[name].on_network:

        rule:
            name:
                f"study_{name}"
            input:
                specification=f"{RESULTS}/specifications/studies/{name}.json",
                sources=f"{RESULTS}/sources/studies/{name}.json",
                data=f"{DATA}.json",
                tensors=ancient(f"{DATA}.safetensors"),
            output:
                record=files.study_record(plan, name),
                tables=files.study_tables(plan, name),
            log:
                f"{RESULTS}/logs/run_study/{name}.log",
            threads: COMPUTE["threads"]
            resources:
                **ON_DEVICE,
            params:
                programs=PROGRAMS,
                device=DEVICE,
                folder=subpath(output.record, parent=True),
                training=f"{TRAINING}/study.{name}",
            shell:
                "{params.programs}/run_network_study.py {input.specification} --data {input.data}"
                " --output {params.folder} {params.device} {params.training} 2>&1 | tee -i {log} >&2"

    else:

        rule:
            name:
                f"study_{name}"
            input:
                specification=f"{RESULTS}/specifications/studies/{name}.json",
                sources=f"{RESULTS}/sources/studies/{name}.json",
            output:
                record=files.study_record(plan, name),
                tables=files.study_tables(plan, name),
            log:
                f"{RESULTS}/logs/run_study/{name}.log",
            params:
                programs=PROGRAMS,
                folder=subpath(output.record, parent=True),
            shell:
                "{params.programs}/run_study.py {input.specification} --output {params.folder}"
                " 2>&1 | tee -i {log} >&2"

    rule:
        name:
            f"draw_study_{name}"
        input:
            tables=files.study_tables(plan, name),
            sources=f"{RESULTS}/sources/studies/{name}.figures.json",
        output:
            files.study_figures(plan, name),
        log:
            f"{RESULTS}/logs/draw_study/{name}.log",
        params:
            programs=PROGRAMS,
            study=name,
            folder=subpath(output[0], parent=True),
            imprint=imprints.study_imprint(plan, name),
        shell:
            "{params.programs}/draw_study.py {params.study} --tables {input.tables}"
            " --output {params.folder} --imprint {params.imprint:q} 2>&1 | tee -i {log} >&2"


rule tabulate_verdicts:
    """What the studies say of the claims."""
    input:
        records=[files.study_record(plan, name) for name in plan.studies],
        sources=f"{RESULTS}/sources/tabulate_verdicts.json",
    output:
        f"{RESULTS}/studies/verdicts.csv",
    log:
        f"{RESULTS}/logs/tabulate_verdicts.log",
    params:
        programs=PROGRAMS,
    shell:
        "{params.programs}/tabulate_verdicts.py {input.records} --output {output} 2>&1 | tee -i {log} >&2"


rule studies:
    """Every study of the config."""
    input:
        rules.tabulate_verdicts.output if plan.studies else [],
        [files.study_figures(plan, name) for name in plan.studies],
