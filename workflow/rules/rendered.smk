"""Sounds of synthesizers, rendered before they are trained on; recordings beside them."""

DATA = "<results>/{scale}/{task}/data"


rule render_shard:
    """Draw and render a shard of a data set: each item seeded by data set, split and number."""
    output:
        shard=f"{DATA}/{{split}}/shard-{{shard}}.h5",
        incidents=f"{DATA}/{{split}}/shard-{{shard}}.incidents.jsonl",
    wildcard_constraints:
        task=runs.tasks_pattern("rendered"),
    resources:
        mem_mb=growing(2000),
        runtime=graph.limit_again("render_minutes"),
    params:
        dataset=graph.rendering_overrides,
        number=lambda wildcards: int(wildcards.shard),
        size=graph.items_of_shard,
        settings=graph.rendering_depends_on("rendering_settings"),
        code=graph.rendering_depends_on("rendering_code"),
    shell:
        "python -m src.render {params.dataset:q} split={wildcards.split:q} shard={params.number:q}"
        " output={output.shard:q} workers={threads} 2>&1 | tee {log:q}"


rule join_shards:
    """Join the shards of a split as virtual data sets of one file."""
    input:
        graph.shards,
    output:
        f"{DATA}/{{split}}.h5",
    wildcard_constraints:
        task=runs.tasks_pattern("rendered"),
    group:
        "data"
    params:
        code=code_of("src.data.rendered.join"),
    shell:
        "python -m src.data.rendered.join {input:q} --output {output:q} > {log:q} 2>&1"


rule data_statistics:
    """Compute mean and standard deviation of the training spectrograms, in one pass."""
    input:
        f"{DATA}/train.h5",
    output:
        f"{DATA}/stats.npz",
    group:
        "data"
    resources:
        mem_mb=growing(4000),
        runtime=graph.limit_again("render_minutes"),
    params:
        code=code_of("src.data.rendered.bin_statistics"),
    shell:
        "python -m src.data.rendered.bin_statistics {input:q} --output {output:q} > {log:q} 2>&1"


rule embeddings:
    """Add Music2Latent embeddings to a split whose sounds are stored; needs the extra `m2l`."""
    input:
        f"{DATA}/{{split}}.h5",
    output:
        f"{DATA}_m2l/{{split}}.h5",
    threads: graph.limit("threads")
    resources:
        **graph.resources("render_minutes", gpu=True),
    params:
        code=code_of("src.data.rendered.embed"),
    shell:
        "python -m src.data.rendered.embed {input:q} --output {output:q} > {log:q} 2>&1"


rule recordings:
    """Prepare a folder of sounds as the rendered ones are."""
    input:
        like=graph.test_file_of_models,
    output:
        f"{DATA}/test.h5",
    wildcard_constraints:
        task=runs.tasks_pattern("recordings"),
    group:
        "data"
    resources:
        mem_mb=growing(2000),
        runtime=graph.limit_again("render_minutes"),
    params:
        folder=graph.recordings_folder,
        content=graph.recordings_content,
        limit=graph.recordings_limit,
        code=code_of("src.recordings"),
    shell:
        "python -m src.recordings {params.folder:q} --like {input.like:q} {params.limit:q}"
        " --allow-unreadable"
        " --output {output:q} 2>&1 | tee {log:q}"


rule targets:
    """Write the test sounds as files, to score predictions against."""
    input:
        f"{DATA}/test.h5",
    output:
        directory("<results>/{scale}/{task}/targets"),
    group:
        "data"
    params:
        code=code_of("src.data.rendered.export_sounds"),
    shell:
        "python -m src.data.rendered.export_sounds {input:q} --output {output:q} > {log:q} 2>&1"
