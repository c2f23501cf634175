"""Synthesizers: train a method, predict patches, render them, score the sounds."""


rule train_synth:
    """Train one method on one rendered data set with one seed."""
    input:
        train=f"{DATA}/train.h5",
        val=f"{DATA}/val.h5",
        statistics=f"{DATA}/stats.npz",
    output:
        checkpoint=f"{SYNTH_RUN}/model.ckpt",
        config=f"{SYNTH_RUN}/config.yaml",
        history=f"{SYNTH_RUN}/history.csv",
        run=f"{SYNTH_RUN}/run.json",
        provenance=f"{SYNTH_RUN}/provenance.json",
    log:
        f"{SYNTH_RUN}/train.log",
    benchmark:
        f"{SYNTH_RUN}/train.benchmark.tsv"
    wildcard_constraints:
        seed=TRAINED_HERE,
    conda:
        "../../environment.yml"
    threads: training_threads
    resources:
        gpu=job("gpu"),
        mem_mb=training_memory,
        runtime=job("train_minutes"),
    params:
        until_saved=UNTIL_SAVED,
        devices=devices,
        overrides=synth_overrides,
        folder=subpath(output.checkpoint, parent=True),
        settings=of_synth_run("training_settings"),
        code=of_synth_run("training_code"),
    message:
        "training {wildcards.method}: {wildcards.dataset}, seed {wildcards.seed}, "
        "scale {wildcards.scale}"
    shell:
        "{params.until_saved} python -m src.train {params.overrides:q} {params.devices:q}"
        " paths.output_dir={params.folder:q} 2>&1 | tee {log:q}"


rule predict:
    """Predict patches for the test sounds and render them."""
    input:
        checkpoint=synth_checkpoint,
        test=f"{DATA}/test.h5",
        train=f"{DATA}/train.h5",
        statistics=f"{DATA}/stats.npz",
    output:
        sounds=directory(f"{SYNTH_RUN}/sounds"),
        patches=f"{SYNTH_RUN}/patches.parquet",
        summary=f"{SYNTH_RUN}/prediction.json",
    log:
        f"{SYNTH_RUN}/predict.log",
    benchmark:
        f"{SYNTH_RUN}/predict.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: job("threads")
    resources:
        gpu=one_gpu,
        mem_mb=job_again("mem_mb"),
        runtime=job_again("render_minutes"),
    params:
        overrides=synth_overrides,
        plugin=plugin_override,
        folder=subpath(output.summary, parent=True),
        checkpoint=lambda wildcards, input: input.checkpoint or "null",
        settings=of_synth_run("evaluation_settings"),
        code=of_synth_run("evaluation_code"),
    message:
        "predicting with {wildcards.method}: {wildcards.dataset}, seed {wildcards.seed}, "
        "scale {wildcards.scale}"
    shell:
        "python -m src.predict {params.overrides:q} {params.plugin:q} workers={threads}"
        " paths.output_dir={params.folder:q} ckpt_path={params.checkpoint:q} 2>&1 | tee {log:q}"


rule predict_ood:
    """Predict patches for sounds that no synthesizer here made, and render them."""
    input:
        checkpoint=ood_checkpoint,
        sounds="<results>/{scale}/{ood}/data/test.h5",
        train=lambda wildcards: f"<results>/{wildcards.scale}/{ood_dataset(wildcards)}/data/train.h5",
        statistics=lambda wildcards: f"<results>/{wildcards.scale}/{ood_dataset(wildcards)}/data/stats.npz",
    output:
        sounds=directory(f"{OOD_RUN}/sounds"),
        patches=f"{OOD_RUN}/patches.parquet",
        summary=f"{OOD_RUN}/prediction.json",
    log:
        f"{OOD_RUN}/predict.log",
    benchmark:
        f"{OOD_RUN}/predict.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: job("threads")
    resources:
        gpu=one_gpu,
        mem_mb=job_again("mem_mb"),
        runtime=job_again("render_minutes"),
    params:
        overrides=ood_overrides,
        plugin=lambda wildcards: plugin_override(wildcards, ood_dataset(wildcards)),
        folder=subpath(output.summary, parent=True),
        checkpoint=lambda wildcards, input: input.checkpoint or "null",
        settings=of_ood_run("evaluation_settings"),
        code=of_ood_run("evaluation_code"),
    message:
        "predicting with {wildcards.method} for {wildcards.ood}, seed {wildcards.seed}, "
        "scale {wildcards.scale}"
    shell:
        "python -m src.predict {params.overrides:q} {params.plugin:q} workers={threads}"
        " data_file={input.sounds:q} paths.output_dir={params.folder:q}"
        " ckpt_path={params.checkpoint:q} 2>&1 | tee {log:q}"


rule score:
    """Score predicted sounds against their targets: a row a pair."""
    input:
        targets="<results>/{scale}/{sounds}/targets",
        predicted="<results>/{scale}/{sounds}/{method}/seed{seed}/sounds",
    output:
        "<results>/{scale}/{sounds}/{method}/seed{seed}/scores.parquet",
    log:
        "<results>/{scale}/{sounds}/{method}/seed{seed}/score.log",
    benchmark:
        "<results>/{scale}/{sounds}/{method}/seed{seed}/score.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: job("threads")
    resources:
        mem_mb=job_again("mem_mb"),
        runtime=job_again("evaluate_minutes"),
    params:
        code=code_of("src.score"),
    message:
        "scoring {wildcards.method}: {wildcards.sounds}, seed {wildcards.seed}, "
        "scale {wildcards.scale}"
    shell:
        "python -m src.score {input.targets:q} {input.predicted:q} --output {output:q}"
        " --workers {threads} > {log:q} 2>&1"


rule sampling_study:
    """Sample a trained flow with other solvers, steps and guidance strengths."""
    input:
        checkpoint=f"{SYNTH_RUN}/model.ckpt",
        test=f"{DATA}/test.h5",
        statistics=f"{DATA}/stats.npz",
    output:
        f"{SYNTH_RUN}/sampling.parquet",
    log:
        f"{SYNTH_RUN}/sampling.log",
    benchmark:
        f"{SYNTH_RUN}/sampling.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: job("threads")
    resources:
        gpu=one_gpu,
        mem_mb=job_again("mem_mb"),
        runtime=job_again("render_minutes"),
    params:
        overrides=synth_overrides,
        plugin=plugin_override,
        folder=subpath(output[0], parent=True),
        settings=of_synth_run("study_settings"),
        code=of_synth_run("study_code"),
    message:
        "sampling study of {wildcards.method}: {wildcards.dataset}, scale {wildcards.scale}"
    shell:
        "python -m src.runs.sampling_study {params.overrides:q} {params.plugin:q} workers={threads}"
        " paths.output_dir={params.folder:q} ckpt_path={input.checkpoint:q} 2>&1 | tee {log:q}"
