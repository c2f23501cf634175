"""Toy tasks: a trained method is scored on sounds that it has not seen, drawn anew."""


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
