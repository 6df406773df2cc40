# What the results consist of and were made from: settings, versions, sources, a checksum for each table and figure.

SETTINGS = f"{RESULTS}/specifications/settings.json"
write_if_changed(Path(SETTINGS), to_json(plan.config))
PROGRAM_SOURCES = [
    f"{RESULTS}/sources/{path.stem}.json"
    for path in sorted(Path("scripts").glob("[a-z]*.py"))
    if path.stem != DECODER
]


rule manifest:
    """One record of the preset as a whole, by which two results can be told apart."""
    input:
        settings=SETTINGS,
        sources=[rules.decode_dataset.input.sources, *PROGRAM_SOURCES],
        noise=rules.summarise_noise.output,
        files=[str(path) for path in rules.all.input if path != MANIFEST],
    output:
        MANIFEST,
    log:
        f"{RESULTS}/logs/write_manifest.log",
    params:
        programs=PROGRAMS,
    shell:
        "{params.programs}/write_manifest.py {input.settings} --sources {input.sources}"
        " --files {input.files} {input.noise} --output {output} 2>&1 | tee -i {log} >&2"
