"""Runs: a method is trained on a task, then scored on sounds that it has not seen."""

if START == "nothing":  # other tiers take weights from published/

    rule train:
        """Train one method on one task with one seed."""
        input:
            unpack(graph.training_data),
        output:
            checkpoint=f"{RUN}/model.ckpt",
            config=f"{RUN}/config.yaml",
            history=f"{RUN}/history.csv",
            run=f"{RUN}/run.json",
            provenance=f"{RUN}/provenance.json",
        wildcard_constraints:
            problem=runs.problems_pattern("toy", "rendered"),
        threads: graph.training_threads
        resources:
            gpu=graph.limit("gpu"),
            mem_mb=graph.training_memory,
            runtime=graph.limit("train_minutes"),
        params:
            # Where a training is told to end at once: its shell and `tee` outlive it by this.
            until_saved="trap '' TERM;",
            overrides=graph.overrides,
            devices=graph.devices,
            folder=subpath(output.checkpoint, parent=True),
            settings=graph.depends_on("training_settings"),
            code=graph.depends_on("training_code"),
        shell:
            "{params.until_saved} python -m src.train {params.overrides:q} {params.devices:q}"
            " paths.output_dir={params.folder:q} 2>&1 | tee {log:q}"


rule evaluate:
    """Score one method on the test sounds of a toy task: a row an item."""
    input:
        checkpoint=graph.weights,
    output:
        scores=f"{RUN}/scores.parquet",
        summary=f"{RUN}/evaluation.json",
    wildcard_constraints:
        problem=runs.problems_pattern("toy"),
    threads: graph.limit("threads")
    resources:
        **graph.resources("evaluate_minutes", gpu=True),
    params:
        overrides=graph.overrides,
        folder=subpath(output.scores, parent=True),
        checkpoint=null_if_missing,
        settings=graph.depends_on("evaluation_settings"),
        code=graph.depends_on("evaluation_code"),
    shell:
        "python -m src.eval {params.overrides:q} paths.output_dir={params.folder:q}"
        " ckpt_path={params.checkpoint:q} 2>&1 | tee {log:q}"


rule predict:
    """Predict patches for the test sounds of a task, or for recordings, and render them."""
    input:
        unpack(graph.prediction_data),
        checkpoint=graph.weights,
    output:
        sounds=directory(f"{RUN}/sounds"),
        patches=f"{RUN}/patches.parquet",
        summary=f"{RUN}/prediction.json",
    wildcard_constraints:
        problem=runs.problems_pattern("rendered", "recordings"),
    threads: graph.limit("threads")
    resources:
        **graph.resources("render_minutes", gpu=True),
    params:
        overrides=graph.overrides,
        plugin=graph.plugin_override,
        sounds=graph.sounds_to_predict,
        folder=subpath(output.summary, parent=True),
        checkpoint=null_if_missing,
        settings=graph.depends_on("evaluation_settings"),
        code=graph.depends_on("evaluation_code"),
    shell:
        "python -m src.predict {params.overrides:q} {params.plugin:q} {params.sounds:q}"
        " workers={threads} paths.output_dir={params.folder:q} ckpt_path={params.checkpoint:q}"
        " 2>&1 | tee {log:q}"


rule score:
    """Score predicted sounds against their targets: a row a pair."""
    input:
        targets="<results>/{scale}/{problem}/targets",
        predicted=f"{RUN}/sounds",
    output:
        f"{RUN}/scores.parquet",
    wildcard_constraints:
        problem=runs.problems_pattern("rendered", "recordings"),
    threads: graph.limit("threads")
    resources:
        **graph.resources("evaluate_minutes"),
    params:
        code=code_of("src.score"),
    shell:
        "python -m src.score {input.targets:q} {input.predicted:q} --output {output:q}"
        " --workers {threads} > {log:q} 2>&1"
