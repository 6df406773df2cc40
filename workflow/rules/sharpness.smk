rule measure_sharpness:
    """One kind of sharpness of every run of a pack."""
    input:
        specification=f"{RESULTS}/specifications/sharpness/{{measure}}.json",
        sources=f"{RESULTS}/sources/measure_sharpness.json",
        pack=rules.train_pack.output.record,
        weights=rules.train_pack.output.weights,
        data=f"{DATA}.json",
        tensors=ancient(f"{DATA}.safetensors"),
    output:
        f"{RESULTS}/sharpness/{{measure}}/{{pack}}.json",
    log:
        f"{RESULTS}/logs/measure_sharpness/{{measure}}/{{pack}}.log",
    threads: COMPUTE["threads"]
    resources:
        **ON_DEVICE,
    params:
        programs=PROGRAMS,
        device=DEVICE,
    shell:
        "{params.programs}/measure_sharpness.py {input.specification} --pack {input.pack}"
        " --data {input.data} --output {output} {params.device} 2>&1 | tee -i {log} >&2"
