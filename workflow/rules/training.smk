rule train_pack:
    """Runs of equal batch size, trained together as one network."""
    input:
        specification=f"{RESULTS}/packs/{{pack}}.json",
        sources=lambda wildcards: f"{RESULTS}/sources/{plan.training_sources(wildcards.pack)}.json",
        data=f"{DATA}.json",
        tensors=ancient(f"{DATA}.safetensors"),
    output:
        weights=f"{RESULTS}/training/{{pack}}/weights.safetensors",
        history=f"{RESULTS}/training/{{pack}}/history.csv",
        timing=f"{RESULTS}/training/{{pack}}/timing.csv",
        record=f"{RESULTS}/training/{{pack}}/record.json",
    log:
        f"{RESULTS}/logs/train_pack/{{pack}}.log",
    priority: 1
    threads: COMPUTE["threads"]
    resources:
        **ON_DEVICE,
    params:
        programs=PROGRAMS,
        device=DEVICE,
        folder=subpath(output.record, parent=True),
        training=f"{TRAINING}/{{pack}}",
    shell:
        "{params.programs}/train_pack.py {input.specification} --data {input.data} --output {params.folder}"
        " {params.device} {params.training} 2>&1 | tee -i {log} >&2"
