"""Tables: the scores of all runs of a task gathered, then summarised with intervals."""


rule collect:
    """Gather the scores of several runs of a task, a row an item of a run."""
    input:
        lambda wildcards: within(runs(wildcards.scale, wildcards.task, METHODS), "scores.parquet"),
    output:
        scores="<results>/{scale}/{task}/scores.parquet",
    log:
        "<results>/{scale}/{task}/collect.log",
    benchmark:
        "<results>/{scale}/{task}/collect.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        runs=lambda wildcards, input: folders(input),
        code=code_of("src.analysis.collect"),
    message:
        "gathering scores: {wildcards.task}, scale {wildcards.scale}"
    shell:
        "python -m src.analysis.collect {params.runs:q} --output {output.scores:q} > {log:q} 2>&1"


use rule collect as collect_couplings with:
    input:
        lambda wildcards: within(
            detailed(wildcards.scale, coupled(wildcards.scale)), "scores.parquet"
        ),
    output:
        scores="<results>/{scale}/kosc/couplings.parquet",
    log:
        "<results>/{scale}/kosc/collect_couplings.log",
    benchmark:
        "<results>/{scale}/kosc/collect_couplings.benchmark.tsv"
    message:
        "gathering scores: couplings of k-osc, scale {wildcards.scale}"


rule tables:
    """Summarise a task: mean and 95 % interval of every method, and differences between methods."""
    input:
        scores="<results>/{scale}/{task}/scores.parquet",
    output:
        csv=report(
            "<results>/{scale}/tables/{task}.csv",
            caption="../report/table.rst",
            category="Tables",
            labels={"task": "{task}", "table": "scores", "scale": "{scale}"},
        ),
        paired=report(
            "<results>/{scale}/tables/{task}_paired.csv",
            caption="../report/table_paired.rst",
            category="Tables",
            labels={"task": "{task}", "table": "paired differences", "scale": "{scale}"},
        ),
        rest=expand(
            "<results>/{{scale}}/tables/{{task}}{kind}.{suffix}",
            kind=["", "_paired"],
            suffix=["md", "tex"],
        ),
    log:
        "<results>/{scale}/tables/{task}.log",
    benchmark:
        "<results>/{scale}/tables/{task}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        stem=lambda wildcards, output: output.csv.removesuffix(".csv"),
        test_items=test_items,
        code=code_of("src.analysis.tables"),
    message:
        "tables: {wildcards.task}, scale {wildcards.scale}"
    shell:
        "python -m src.analysis.tables {input.scores:q} --output {params.stem:q} > {log:q} 2>&1"


rule runs_table:
    """List time, speed, memory and size of every run."""
    input:
        trainings=lambda wildcards: within(
            [run for run in all_runs(wildcards.scale) if not is_untrained(Path(run).parent.name)],
            "run.json",
        ),
        evaluations=lambda wildcards: within(all_runs(wildcards.scale), "evaluation.json"),
        synthesizers=lambda wildcards: within(all_synth_runs(wildcards.scale), "prediction.json"),
    output:
        csv=report(
            "<results>/{scale}/tables/runs.csv",
            caption="../report/table_runs.rst",
            category="Tables",
            labels={"task": "all", "table": "runs", "scale": "{scale}"},
        ),
    log:
        "<results>/{scale}/tables/runs.log",
    benchmark:
        "<results>/{scale}/tables/runs.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        runs=lambda wildcards, input: folders(input.evaluations),
        synth=lambda wildcards, input: folders(input.synthesizers),
        code=code_of("src.analysis.runs_table"),
    message:
        "table of runs, scale {wildcards.scale}"
    shell:
        "python -m src.analysis.runs_table {params.runs:q} --synth {params.synth:q}"
        " --output {output.csv:q} > {log:q} 2>&1"
