"""The toy tasks: train a method on k oscillators, then score it on sounds it has not seen."""


rule train:
    """Train one method on one task with one seed."""
    output:
        checkpoint=f"{RUN}/model.ckpt",
        config=f"{RUN}/config.yaml",
        history=f"{RUN}/history.csv",
        run=f"{RUN}/run.json",
        provenance=f"{RUN}/provenance.json",
    log:
        f"{RUN}/train.log",
    benchmark:
        f"{RUN}/train.benchmark.tsv"
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
        overrides=overrides,
        folder=subpath(output.checkpoint, parent=True),
        settings=of_run("training_settings"),
        code=of_run("training_code"),
    message:
        "training {wildcards.experiment}: {wildcards.task}, k = {wildcards.k}, "
        "{wildcards.symmetry}, seed {wildcards.seed}, scale {wildcards.scale}"
    shell:
        "{params.until_saved} python -m src.train {params.overrides:q} {params.devices:q}"
        " paths.output_dir={params.folder:q} 2>&1 | tee {log:q}"


rule evaluate:
    """Score one trained method on the test sounds: a row an item."""
    input:
        checkpoint=checkpoint,
    output:
        scores=f"{RUN}/scores.parquet",
        summary=f"{RUN}/evaluation.json",
    log:
        f"{RUN}/eval.log",
    benchmark:
        f"{RUN}/eval.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: job("threads")
    resources:
        gpu=one_gpu,
        mem_mb=job_again("mem_mb"),
        runtime=job_again("evaluate_minutes"),
    params:
        overrides=overrides,
        folder=subpath(output.scores, parent=True),
        checkpoint=lambda wildcards, input: input.checkpoint or "null",
        settings=of_run("evaluation_settings"),
        code=of_run("evaluation_code"),
    message:
        "scoring {wildcards.experiment}: {wildcards.task}, k = {wildcards.k}, "
        "{wildcards.symmetry}, seed {wildcards.seed}, scale {wildcards.scale}"
    shell:
        "python -m src.eval {params.overrides:q} paths.output_dir={params.folder:q}"
        " ckpt_path={params.checkpoint:q} 2>&1 | tee {log:q}"
