"""The listening page: targets beside predictions, to be heard in a browser without a network."""

LISTEN = "<results>/{scale}/listen"
SAMPLES = 6  # drawn by chance; best, median and worst come on top


rule listen_sounds:
    """Choose sounds of a task, match their loudness, write presets and spectrograms."""
    input:
        unpack(inputs.heard_files),
    output:
        directory(f"{LISTEN}/{{task}}"),
    group:
        "report"
    params:
        runs=lambda wildcards, input: folders_of(input.scores),
        recordings=inputs.recordings_option,
        plugin=inputs.plugin_option,
        samples=SAMPLES,
        code=code_of("src.listen.collect"),
    shell:
        "python -m src.listen.collect {params.runs:q} --targets {input.targets:q}"
        " --data {input.data:q} {params.recordings:q} {params.plugin:q}"
        " --samples {params.samples:q} --output {output:q} > {log:q} 2>&1"


rule listen:
    """Write the listening page: open it in a browser, from a file and without a network."""
    input:
        inputs.page_tasks,
    output:
        page=f"{LISTEN}/index.html",
        alone=report(
            f"{LISTEN}/alone.html",
            caption="../report/listen.rst",
            category="Listening page",
            labels={"page": "targets beside predictions", "scale": "{scale}"},
        ),
    group:
        "report"
    params:
        assets=inputs.page_assets(),
        code=code_of("src.listen.page"),
    shell:
        "python -m src.listen.page {input:q} --output {output.page:q} --alone {output.alone:q}"
        " > {log:q} 2>&1"
