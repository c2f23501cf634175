"""What more work at prediction gains: other sampling of a flow, more candidates, refinement."""


rule sampling_study:
    """Sample a trained flow with other solvers, steps and guidance strengths."""
    input:
        unpack(graph.prediction_data),
        checkpoint=graph.weights,
    output:
        f"{RUN}/sampling.parquet",
    wildcard_constraints:
        problem=runs.problems_pattern("rendered"),
        method="|".join(SAMPLED),
    threads: graph.limit("threads")
    resources:
        **graph.resources("render_minutes", gpu=True),
    params:
        overrides=graph.overrides,
        plugin=graph.plugin_override,
        folder=subpath(output[0], parent=True),
        settings=graph.depends_on("sampling_study_settings"),
        code=graph.depends_on("sampling_study_code"),
    shell:
        "python -m src.runs.sampling_study {params.overrides:q} {params.plugin:q} workers={threads}"
        " paths.output_dir={params.folder:q} ckpt_path={input.checkpoint:q} 2>&1 | tee {log:q}"


rule best_of_n_study:
    """Draw several candidates for test sounds, score them, refine the best of each sound."""
    input:
        unpack(graph.prediction_data),
        checkpoint=graph.weights,
    output:
        f"{RUN}/best_of_n.parquet",
        f"{RUN}/best_of_n.json",
    wildcard_constraints:
        problem=runs.problems_pattern("rendered"),
    threads: graph.limit("threads")
    resources:
        **graph.resources("render_minutes", gpu=True),
    params:
        overrides=graph.overrides,
        plugin=graph.plugin_override,
        folder=subpath(output[0], parent=True),
        checkpoint=null_if_missing,
        settings=graph.depends_on("best_of_n_settings"),
        code=graph.depends_on("best_of_n_code"),
    shell:
        "python -m src.matching.study {params.overrides:q} {params.plugin:q} workers={threads}"
        " paths.output_dir={params.folder:q} ckpt_path={params.checkpoint:q} 2>&1 | tee {log:q}"
