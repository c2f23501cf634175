"""Training, the step that a tier of reproduction leaves out."""


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
