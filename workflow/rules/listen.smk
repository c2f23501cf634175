"""The listening page: targets beside predictions, to be heard in a browser without a network."""

LISTEN = "<results>/{scale}/listen"
LISTEN_SAMPLES = 6  # drawn by chance; best, median and worst come on top


rule listen_sounds:
    """Choose sounds of a set, match their loudness, write presets and spectrograms."""
    input:
        targets="<results>/{scale}/{sounds}/targets",
        sounds=lambda wildcards: within(shown(wildcards), "sounds"),
        patches=lambda wildcards: within(shown(wildcards), "patches.parquet"),
        scores=lambda wildcards: within(shown(wildcards), "scores.parquet"),
        data=lambda wildcards: f"{RESULTS}/{wildcards.scale}/{listen_dataset(wildcards)}/data/test.h5",
        recordings=listen_recordings,
    output:
        directory(f"{LISTEN}/{{sounds}}"),
    log:
        f"{LISTEN}/{{sounds}}.log",
    benchmark:
        f"{LISTEN}/{{sounds}}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        runs=lambda wildcards, input: folders(input.scores),
        recordings=lambda wildcards, input: (
            ["--recordings", input.recordings] if input.recordings else []
        ),
        plugin=listen_plugin,
        samples=LISTEN_SAMPLES,
        code=code_of("src.listen.collect"),
    message:
        "sounds of the listening page: {wildcards.sounds}, scale {wildcards.scale}"
    shell:
        "python -m src.listen.collect {params.runs:q} --targets {input.targets:q}"
        " --data {input.data:q} {params.recordings:q} {params.plugin:q}"
        " --samples {params.samples:q} --output {output:q} > {log:q} 2>&1"


rule listen:
    """Write the listening page: open it in a browser, from a file and without a network."""
    input:
        listen_sets,
    output:
        page=f"{LISTEN}/index.html",
        alone=report(
            f"{LISTEN}/alone.html",
            caption="../report/listen.rst",
            category="Listening page",
            labels={"page": "targets beside predictions", "scale": "{scale}"},
        ),
    log:
        f"{LISTEN}/listen.log",
    benchmark:
        f"{LISTEN}/listen.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        assets=page_files(),
        code=code_of("src.listen.page"),
    message:
        "listening page: {output.page}"
    shell:
        "python -m src.listen.page {input:q} --output {output.page:q} --alone {output.alone:q}"
        " > {log:q} 2>&1"
