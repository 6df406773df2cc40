# C² scales the axis δ = η√(C²/b). It is measured on probe trainings of its own, first of all; but no
# weight of the main trainings depends on it, so that a better estimate redraws figures and retrains nothing.


rule probe_variance:
    """C² by per-sample gradients, along a short training."""
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
        gpu=GPU,
        mem_mb=COMPUTE["memory_mb"],
        runtime=COMPUTE["runtime_minutes"],
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
        gpu=GPU,
        mem_mb=COMPUTE["memory_mb"],
        runtime=COMPUTE["runtime_minutes"],
    params:
        programs=PROGRAMS,
        device=DEVICE,
        training=f"{TRAINING}/probe_steps.b~{{batch_size}}",
    shell:
        "{params.programs}/probe_steps.py {input.specification} --data {input.data} --output {output}"
        " {params.device} {params.training} 2>&1 | tee -i {log} >&2"


rule summarise_noise:
    """Both estimates of C² with their uncertainty, and the one that makes the δ axis."""
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
