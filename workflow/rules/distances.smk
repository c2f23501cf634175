"""Figures of distance over k, every method; each rule has its own caption (see figures.smk)."""


rule lsd:
    """Distance of sounds or error of parameters over k, every method (Fig. 3 of the paper)."""
    input:
        "<results>/{scale}/kosc/scores.parquet",
    output:
        pdf=report(
            "<results>/{scale}/figures/lsd.pdf",
            caption="../report/lsd.rst",
            category="k-osc",
            labels={"figure": "log-spectral distance", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/lsd.png",
    log:
        "<results>/{scale}/figures/lsd.log",
    benchmark:
        "<results>/{scale}/figures/lsd.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        metric="lsd",
        test_items=test_items,
        code=code_of("src.analysis.figures.distance_over_k"),
    message:
        "drawing {output.pdf}"
    shell:
        "python -m src.analysis.figures.distance_over_k {input:q} --metric {params.metric:q}"
        " --output {output.pdf:q} > {log:q} 2>&1"


use rule lsd as lsd_ksin with:
    input:
        "<results>/{scale}/ksin/scores.parquet",
    output:
        pdf=report(
            "<results>/{scale}/figures/lsd_ksin.pdf",
            caption="../report/lsd_ksin.rst",
            category="k-sin",
            labels={"figure": "log-spectral distance", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/lsd_ksin.png",
    log:
        "<results>/{scale}/figures/lsd_ksin.log",
    benchmark:
        "<results>/{scale}/figures/lsd_ksin.benchmark.tsv"


use rule lsd as parameter_error with:
    output:
        pdf=report(
            "<results>/{scale}/figures/parameter_error.pdf",
            caption="../report/parameter_error.rst",
            category="k-osc",
            labels={"figure": "parameter error", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/parameter_error.png",
    log:
        "<results>/{scale}/figures/parameter_error.log",
    benchmark:
        "<results>/{scale}/figures/parameter_error.benchmark.tsv"
    params:
        metric="parameter_error",
        test_items=test_items,
        code=code_of("src.analysis.figures.distance_over_k"),


use rule parameter_error as parameter_error_ksin with:
    input:
        "<results>/{scale}/ksin/scores.parquet",
    output:
        pdf=report(
            "<results>/{scale}/figures/parameter_error_ksin.pdf",
            caption="../report/parameter_error_ksin.rst",
            category="k-sin",
            labels={"figure": "parameter error", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/parameter_error_ksin.png",
    log:
        "<results>/{scale}/figures/parameter_error_ksin.log",
    benchmark:
        "<results>/{scale}/figures/parameter_error_ksin.benchmark.tsv"
