"""Rendered data sets: shards, the files that join them, statistics, sounds to compare with."""


rule render_shard:
    """Draw and render a shard of a data set: each item seeded by data set, split and number."""
    output:
        shard=f"{DATA}/{{split}}/shard-{{shard}}.h5",
        incidents=f"{DATA}/{{split}}/shard-{{shard}}.incidents.jsonl",
    log:
        f"{DATA}/{{split}}/shard-{{shard}}.log",
    benchmark:
        f"{DATA}/{{split}}/shard-{{shard}}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=again(2000),
        runtime=job_again("render_minutes"),
    params:
        dataset=rendering_overrides,
        number=lambda wildcards: int(wildcards.shard),
        size=items_of_shard,
        settings=of_dataset("rendering_settings"),
        code=of_dataset("rendering_code"),
    message:
        "rendering {wildcards.dataset}: {wildcards.split} {wildcards.shard} ({params.size} items), "
        "scale {wildcards.scale}"
    shell:
        "python -m src.render {params.dataset:q} split={wildcards.split:q} shard={params.number:q}"
        " output={output.shard:q} workers={threads} 2>&1 | tee {log:q}"


rule join_shards:
    """Join the shards of a split as virtual data sets of one file."""
    input:
        shards,
    output:
        f"{DATA}/{{split}}.h5",
    log:
        f"{DATA}/{{split}}.log",
    benchmark:
        f"{DATA}/{{split}}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        code=code_of("src.data.rendered.join"),
    message:
        "joining {wildcards.dataset}: {wildcards.split}, scale {wildcards.scale}"
    shell:
        "python -m src.data.rendered.join {input:q} --output {output:q} > {log:q} 2>&1"


rule data_statistics:
    """Compute mean and standard deviation of the training spectrograms, in one pass."""
    input:
        f"{DATA}/train.h5",
    output:
        f"{DATA}/stats.npz",
    log:
        f"{DATA}/stats.log",
    benchmark:
        f"{DATA}/stats.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=again(4000),
        runtime=job_again("render_minutes"),
    params:
        code=code_of("src.data.rendered.bin_statistics"),
    message:
        "statistics of {wildcards.dataset}, scale {wildcards.scale}"
    shell:
        "python -m src.data.rendered.bin_statistics {input:q} --output {output:q} > {log:q} 2>&1"


rule embeddings:
    """Add Music2Latent embeddings to a split whose sounds are stored; needs the extra `m2l`."""
    input:
        f"{DATA}/{{split}}.h5",
    output:
        f"{DATA}_m2l/{{split}}.h5",
    log:
        f"{DATA}_m2l/{{split}}.log",
    benchmark:
        f"{DATA}_m2l/{{split}}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: job("threads")
    resources:
        gpu=one_gpu,
        mem_mb=job_again("mem_mb"),
        runtime=job_again("render_minutes"),
    params:
        code=code_of("src.data.rendered.embed"),
    message:
        "Music2Latent embeddings of {wildcards.dataset}: {wildcards.split}, scale {wildcards.scale}"
    shell:
        "python -m src.data.rendered.embed {input:q} --output {output:q} > {log:q} 2>&1"


rule targets:
    """Write the test sounds as files, to score predictions against."""
    input:
        f"{DATA}/test.h5",
    output:
        directory("<results>/{scale}/{dataset}/targets"),
    log:
        "<results>/{scale}/{dataset}/targets.log",
    benchmark:
        "<results>/{scale}/{dataset}/targets.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        code=code_of("src.data.rendered.export_sounds"),
    message:
        "test sounds of {wildcards.dataset}, scale {wildcards.scale}"
    shell:
        "python -m src.data.rendered.export_sounds {input:q} --output {output:q} > {log:q} 2>&1"


rule recordings:
    """Prepare a folder of sounds as the rendered ones are."""
    input:
        like=lambda wildcards: f"<results>/{wildcards.scale}/{ood_dataset(wildcards)}/data/test.h5",
    output:
        "<results>/{scale}/{ood}/data/test.h5",
    log:
        "<results>/{scale}/{ood}/data/test.log",
    benchmark:
        "<results>/{scale}/{ood}/data/test.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=again(2000),
        runtime=job_again("render_minutes"),
    params:
        folder=ood_folder,
        content=ood_content,
        limit=ood_limit,
        code=code_of("src.recordings"),
    message:
        "preparing the sounds of {params.folder}, scale {wildcards.scale}"
    shell:
        "python -m src.recordings {params.folder:q} --like {input.like:q} {params.limit:q}"
        " --allow-unreadable --output {output:q} 2>&1 | tee {log:q}"


use rule targets as ood_targets with:
    input:
        "<results>/{scale}/{ood}/data/test.h5",
    output:
        directory("<results>/{scale}/{ood}/targets"),
    log:
        "<results>/{scale}/{ood}/targets.log",
    benchmark:
        "<results>/{scale}/{ood}/targets.benchmark.tsv"
    message:
        "sounds of {wildcards.ood}, scale {wildcards.scale}"
