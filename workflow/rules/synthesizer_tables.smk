"""Tables and figures of rendered data sets and of folders of sounds (Table 1 of the paper)."""


rule collect_sounds:
    """Gather the scores of all methods on a set of sounds, a row an item of a run."""
    input:
        scores=lambda wildcards: within(rows_of(wildcards), "scores.parquet"),
        summaries=lambda wildcards: within(rows_of(wildcards), "prediction.json"),
    output:
        "<results>/{scale}/{sounds}/scores.parquet",
    log:
        "<results>/{scale}/{sounds}/collect.log",
    benchmark:
        "<results>/{scale}/{sounds}/collect.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        runs=lambda wildcards, input: folders(input.scores),
        code=code_of("src.analysis.synth.collect"),
    message:
        "gathering scores: {wildcards.sounds}, scale {wildcards.scale}"
    shell:
        "python -m src.analysis.synth.collect {params.runs:q} --output {output:q} > {log:q} 2>&1"


rule sound_tables:
    """Summarise a set of sounds (Table 1): every method with intervals, the paper's numbers beside."""
    input:
        "<results>/{scale}/{sounds}/scores.parquet",
    output:
        csv=report(
            "<results>/{scale}/tables/{sounds}.csv",
            caption="../report/table_sounds.rst",
            category="Tables",
            labels={"task": "{sounds}", "table": "scores", "scale": "{scale}"},
        ),
        paired=report(
            "<results>/{scale}/tables/{sounds}_paired.csv",
            caption="../report/table_paired.rst",
            category="Tables",
            labels={"task": "{sounds}", "table": "paired differences", "scale": "{scale}"},
        ),
        rest=expand(
            "<results>/{{scale}}/tables/{{sounds}}{kind}.{suffix}",
            kind=["", "_paired"],
            suffix=["md", "tex"],
        ),
    log:
        "<results>/{scale}/tables/{sounds}.log",
    benchmark:
        "<results>/{scale}/tables/{sounds}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        stem=lambda wildcards, output: output.csv.removesuffix(".csv"),
        test_items=test_sounds,
        code=code_of("src.analysis.synth.tables"),
    message:
        "tables: {wildcards.sounds}, scale {wildcards.scale}"
    shell:
        "python -m src.analysis.synth.tables {input:q} --output {params.stem:q} > {log:q} 2>&1"


rule audio_metrics:
    """Distances of sounds, every method, with intervals (Table 1 as a plot)."""
    input:
        "<results>/{scale}/{sounds}/scores.parquet",
    output:
        pdf=report(
            "<results>/{scale}/figures/{sounds}/audio_metrics.pdf",
            caption="../report/audio_metrics.rst",
            category="Synthesizers",
            subcategory="{sounds}",
            labels={"figure": "audio metrics", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/{sounds}/audio_metrics.png",
    log:
        "<results>/{scale}/figures/{sounds}/audio_metrics.log",
    benchmark:
        "<results>/{scale}/figures/{sounds}/audio_metrics.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        test_items=test_sounds,
        code=code_of("src.analysis.synth.audio_metrics"),
    message:
        "drawing {output.pdf}"
    shell:
        "python -m src.analysis.synth.audio_metrics {input:q} --output {output.pdf:q} > {log:q} 2>&1"


rule spectrograms:
    """Spectrograms of target and predictions: fixed items, best, median and worst."""
    input:
        targets="<results>/{scale}/{sounds}/targets",
        sounds=lambda wildcards: within(shown(wildcards), "sounds"),
        scores=lambda wildcards: within(shown(wildcards), "scores.parquet"),
    output:
        pdf=report(
            "<results>/{scale}/figures/{sounds}/spectrograms.pdf",
            caption="../report/spectrograms.rst",
            category="Synthesizers",
            subcategory="{sounds}",
            labels={"figure": "spectrograms", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/{sounds}/spectrograms.png",
    log:
        "<results>/{scale}/figures/{sounds}/spectrograms.log",
    benchmark:
        "<results>/{scale}/figures/{sounds}/spectrograms.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        runs=lambda wildcards, input: folders(input.scores),
        test_items=test_sounds,
        code=code_of("src.analysis.synth.spectrograms"),
    message:
        "drawing {output.pdf}"
    shell:
        "python -m src.analysis.synth.spectrograms {params.runs:q} --targets {input.targets:q}"
        " --output {output.pdf:q} > {log:q} 2>&1"


rule param2tok:
    """The assignments of parameters to tokens that PARAM2TOK has learnt for a synthesizer."""
    input:
        lambda wildcards: within(
            synth_runs(wildcards.scale, wildcards.dataset, ["cnf_param2tok"]), "model.ckpt"
        ),
    output:
        pdf=report(
            "<results>/{scale}/figures/{dataset}/param2tok.pdf",
            caption="../report/param2tok.rst",
            category="Synthesizers",
            subcategory="{dataset}",
            labels={"figure": "learnt assignments", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/{dataset}/param2tok.png",
    log:
        "<results>/{scale}/figures/{dataset}/param2tok.log",
    benchmark:
        "<results>/{scale}/figures/{dataset}/param2tok.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        runs=lambda wildcards, input: folders(input),
        code=code_of("src.analysis.synth.param2tok"),
    message:
        "drawing {output.pdf}"
    shell:
        "python -m src.analysis.synth.param2tok {params.runs:q} --output {output.pdf:q} > {log:q} 2>&1"


rule sampling_steps:
    """Error of sounds against field evaluations and guidance strength, both flows."""
    input:
        lambda wildcards: within(
            synth_runs(wildcards.scale, wildcards.dataset, FLOWS), "sampling.parquet"
        ),
    output:
        pdf=report(
            "<results>/{scale}/figures/{dataset}/sampling_steps.pdf",
            caption="../report/sampling_steps.rst",
            category="Synthesizers",
            subcategory="{dataset}",
            labels={"figure": "sampling steps", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/{dataset}/sampling_steps.png",
    log:
        "<results>/{scale}/figures/{dataset}/sampling_steps.log",
    benchmark:
        "<results>/{scale}/figures/{dataset}/sampling_steps.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        test_items=sounds_of_study("study"),
        code=code_of("src.analysis.synth.sampling_steps"),
    message:
        "drawing {output.pdf}"
    shell:
        "python -m src.analysis.synth.sampling_steps {input:q} --output {output.pdf:q} > {log:q} 2>&1"


use rule publish as publish_sounds with:
    input:
        pdf=f"<results>/{SCALE}/figures/{{sounds}}/{{synth_figure}}.pdf",
        png=f"<results>/{SCALE}/figures/{{sounds}}/{{synth_figure}}.png",
    output:
        pdf="figures/{sounds}/{synth_figure}.pdf",
        png="figures/{sounds}/{synth_figure}.png",
    log:
        "logs/publish/{sounds}_{synth_figure}.log",
