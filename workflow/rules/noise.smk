# C² scales the axis δ = η√(C²/b). It is measured on probe trainings of its own, first of all; but no
# weight of the main trainings depends on it, so that a better estimate redraws figures and retrains nothing.


rule probe_variance:
    """C² by per-sample gradients and by two batch sizes, along a short training."""
    input:
        specification=f"{RESULTS}/specifications/per_sample.json",
        sources=f"{RESULTS}/sources/probe_variance.json",
        data=f"{DATA}.json",
        tensors=ancient(f"{DATA}.safetensors"),
    output:
        f"{RESULTS}/noise/per_sample.json",
    log:
        f"{RESULTS}/logs/probe_variance.log",
    priority: 2
    threads: COMPUTE["threads"]
    resources:
        **ON_DEVICE,
    params:
        programs=PROGRAMS,
        device=DEVICE,
        training=f"{TRAINING}/probe_variance",
    shell:
        "{params.programs}/probe_variance.py {input.specification} --data {input.data} --output {output}"
        " {params.device} {params.training} 2>&1 | tee -i {log} >&2"


rule probe_steps:
    """Steps T(b) until the running mean of the gradient norms reaches ε."""
    input:
        specification=f"{RESULTS}/specifications/steps/b~{{batch_size}}.json",
        sources=f"{RESULTS}/sources/probe_steps.json",
        data=f"{DATA}.json",
        tensors=ancient(f"{DATA}.safetensors"),
    output:
        f"{RESULTS}/noise/steps/b~{{batch_size}}.json",
    log:
        f"{RESULTS}/logs/probe_steps/b~{{batch_size}}.log",
    priority: 2
    threads: COMPUTE["threads"]
    resources:
        **ON_DEVICE,
    params:
        programs=PROGRAMS,
        device=DEVICE,
        training=f"{TRAINING}/probe_steps.b~{{batch_size}}",
    shell:
        "{params.programs}/probe_steps.py {input.specification} --data {input.data} --output {output}"
        " {params.device} {params.training} 2>&1 | tee -i {log} >&2"


rule summarise_noise:
    """All estimates of C² with their uncertainty, and the one that makes the δ axis."""
    input:
        specification=f"{RESULTS}/specifications/gradient_variance.json",
        sources=f"{RESULTS}/sources/summarise_noise.json",
        per_sample=rules.probe_variance.output[0],
        steps=expand(rules.probe_steps.output[0], batch_size=plan.probe_batch_sizes),
    output:
        f"{RESULTS}/noise/gradient_variance.json",
    log:
        f"{RESULTS}/logs/summarise_noise.log",
    priority: 2
    params:
        programs=PROGRAMS,
    shell:
        "{params.programs}/summarise_noise.py {input.specification} --per-sample {input.per_sample}"
        " --steps {input.steps} --output {output} 2>&1 | tee -i {log} >&2"


# C² along trainings of several learning rates and seeds; only tables and figures of C² itself need it.
use rule probe_variance as probe_cells with:
    input:
        specification=f"{RESULTS}/specifications/cells/{{cells}}.json",
        sources=f"{RESULTS}/sources/probe_variance.json",
        data=f"{DATA}.json",
        tensors=ancient(f"{DATA}.safetensors"),
    output:
        f"{RESULTS}/noise/cells/{{cells}}.json",
    log:
        f"{RESULTS}/logs/probe_cells/{{cells}}.log",
    priority: 0
    params:
        programs=PROGRAMS,
        device=DEVICE,
        training=f"{TRAINING}/probe_cells.{{cells}}",


rule tabulate_cells:
    """C², noise scale and δ of every cell along training, in one tidy table."""
    input:
        specifications=expand(f"{RESULTS}/specifications/cells/{{cells}}.json", cells=plan.cells),
        sources=f"{RESULTS}/sources/tabulate_cells.json",
        probes=expand(rules.probe_cells.output[0], cells=plan.cells),
    output:
        f"{RESULTS}/noise/cells.csv",
    log:
        f"{RESULTS}/logs/tabulate_cells.log",
    params:
        programs=PROGRAMS,
    shell:
        "{params.programs}/tabulate_cells.py --specifications {input.specifications}"
        " --probes {input.probes} --output {output} 2>&1 | tee -i {log} >&2"


rule draw_noise:
    """C² by every estimator, and of every cell along training where that is measured."""
    input:
        record=rules.summarise_noise.output[0],
        cells=rules.tabulate_cells.output[0] if plan.cells else [],
        sources=f"{RESULTS}/sources/draw_noise.json",
    output:
        files.noise_figures(plan),
    log:
        f"{RESULTS}/logs/draw_noise.log",
    params:
        programs=PROGRAMS,
        cells="--cells" if plan.cells else "",
        folder=subpath(output[0], parent=True),
        imprint=imprints.noise_imprint(plan),
    shell:
        "{params.programs}/draw_noise.py {input.record} {params.cells} {input.cells}"
        " --output {params.folder} --imprint {params.imprint:q} 2>&1 | tee -i {log} >&2"
