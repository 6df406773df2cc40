rule decode_dataset:
    """Raw images, from the network or a local folder, into one checked tensor file."""
    input:
        sources=f"{DATA}.sources.json",
    output:
        tensors=f"{DATA}.safetensors",
        record=f"{DATA}.json",
    log:
        f"{RESULTS}/logs/decode_dataset.log",
    params:
        programs=PROGRAMS,
        dataset=plan.config["dataset"],
    shell:
        "{params.programs}/decode_dataset.py {params.dataset} --output {output.tensors}"
        " 2>&1 | tee -i {log} >&2"
