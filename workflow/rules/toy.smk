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
    conda:
        "../../environment.yml"
    threads: job("threads")
    resources:
        gpu=job("gpu"),
        mem_mb=job("mem_mb"),
        runtime=job("train_minutes"),
    params:
        overrides=overrides,
        folder=subpath(output.checkpoint, parent=True),
        settings=of_run("training_settings"),
        code=of_run("training_code"),
    message:
        "training {wildcards.experiment}: {wildcards.task}, k = {wildcards.k}, "
        "{wildcards.symmetry}, seed {wildcards.seed}, scale {wildcards.scale}"
    shell:
        "python -m src.train {params.overrides} paths.output_dir={params.folder} 2>&1 | tee {log}"


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
        gpu=job("gpu"),
        mem_mb=job("mem_mb"),
        runtime=job("evaluate_minutes"),
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
        "python -m src.eval {params.overrides} paths.output_dir={params.folder}"
        " ckpt_path={params.checkpoint} 2>&1 | tee {log}"
