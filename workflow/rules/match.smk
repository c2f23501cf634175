"""What matching gains from more candidates than the paper's one, and from refinement after them."""

# Patches drawn by chance tell what the search alone is worth.
MATCHERS = ["cnf_param2tok", "random"]


rule best_of_n_study:
    """Draw several candidates for test sounds, score them, refine the best of each sound."""
    input:
        checkpoint=synth_checkpoint,
        test=f"{DATA}/test.h5",
        train=f"{DATA}/train.h5",
        statistics=f"{DATA}/stats.npz",
    output:
        f"{SYNTH_RUN}/best_of_n.parquet",
        f"{SYNTH_RUN}/best_of_n.json",
    log:
        f"{SYNTH_RUN}/best_of_n.log",
    benchmark:
        f"{SYNTH_RUN}/best_of_n.benchmark.tsv"
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
        checkpoint=lambda wildcards, input: input.checkpoint or "null",
        settings=best_of_n_settings,
        code=best_of_n_code,
    message:
        "best of several candidates, {wildcards.method}: {wildcards.dataset}, "
        "seed {wildcards.seed}, scale {wildcards.scale}"
    shell:
        "python -m src.matching.study {params.overrides:q} {params.plugin:q} workers={threads}"
        " paths.output_dir={params.folder:q} ckpt_path={params.checkpoint:q} 2>&1 | tee {log:q}"


rule best_of_n:
    """Scores over the number of candidates, and of the best one refined."""
    input:
        lambda wildcards: within(
            synth_runs(wildcards.scale, wildcards.dataset, MATCHERS), "best_of_n.parquet"
        ),
    output:
        pdf=report(
            "<results>/{scale}/figures/{dataset}/best_of_n.pdf",
            caption="../report/best_of_n.rst",
            category="Synthesizers",
            subcategory="{dataset}",
            labels={"figure": "best of N candidates", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/{dataset}/best_of_n.png",
        table=report(
            "<results>/{scale}/tables/{dataset}_best_of_n.csv",
            caption="../report/table_best_of_n.rst",
            category="Tables",
            labels={"task": "{dataset}", "table": "best of N candidates", "scale": "{scale}"},
        ),
    log:
        "<results>/{scale}/figures/{dataset}/best_of_n.log",
    benchmark:
        "<results>/{scale}/figures/{dataset}/best_of_n.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        test_items=sounds_of_study("best_of_n"),
        code=code_of("src.analysis.synth.best_of_n"),
    message:
        "drawing {output.pdf}"
    shell:
        "python -m src.analysis.synth.best_of_n {input:q} --output {output.pdf:q}"
        " --table {output.table:q} > {log:q} 2>&1"
