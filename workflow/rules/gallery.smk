# A page of every figure. It needs none of them: those that are not drawn yet are marked when it is opened.

from graduated.storage import to_json, write_if_changed

SHOWN = [str(path) for path in (*rules.all.input, *rules.studies.input)]
write_if_changed(
    plan.results / "specifications" / "gallery.json",
    to_json(
        {
            "preset": plan.config["preset"],
            "figures": [Path(path).stem for path in SHOWN if path.endswith(".png")],
        }
    ),
)


rule gallery:
    """One page of every figure of the preset, by section, with links to PDF and CSV."""
    input:
        specification=f"{RESULTS}/specifications/gallery.json",
        sources=f"{RESULTS}/sources/write_gallery.json",
        templates=sorted(glob("src/graduated/gallery/templates/*") + glob("src/graduated/pages/templates/*")),
    output:
        f"{FIGURES}/index.html",
    log:
        f"{RESULTS}/logs/write_gallery.log",
    params:
        programs=PROGRAMS,
    shell:
        "{params.programs}/write_gallery.py {input.specification} --output {output}"
        " 2>&1 | tee -i {log} >&2"
