"""Other figures, and the copies in figures/ of the scale of the configuration.

A caption's path takes no wildcard, so each figure has its own rule.
"""


rule couplings:
    """Errors of the flows by how noise was paired with data in training, k-osc."""
    input:
        "<results>/{scale}/kosc/couplings.parquet",
    output:
        pdf=report(
            "<results>/{scale}/figures/couplings.pdf",
            caption="../report/couplings.rst",
            category="k-osc",
            labels={"figure": "couplings", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/couplings.png",
    log:
        "<results>/{scale}/figures/couplings.log",
    benchmark:
        "<results>/{scale}/figures/couplings.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        default=lambda wildcards: default_coupling(wildcards.scale),
        test_items=test_items,
        code=code_of("src.analysis.figures.couplings"),
    message:
        "drawing {output.pdf}"
    shell:
        "python -m src.analysis.figures.couplings {input:q} --default-coupling {params.default:q}"
        " --output {output.pdf:q} > {log:q} 2>&1"


rule param2tok_kosc:
    """The assignments of parameters to tokens that PARAM2TOK has learnt, over seeds, k-osc."""
    input:
        lambda wildcards: within(
            detailed(wildcards.scale, ["cnf_param2tok"], "seeds_param2tok"), "model.ckpt"
        ),
    output:
        pdf=report(
            "<results>/{scale}/figures/param2tok_kosc.pdf",
            caption="../report/param2tok_kosc.rst",
            category="k-osc",
            labels={"figure": "learnt assignments", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/param2tok_kosc.png",
    log:
        "<results>/{scale}/figures/param2tok_kosc.log",
    benchmark:
        "<results>/{scale}/figures/param2tok_kosc.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        runs=lambda wildcards, input: folders(input),
        code=code_of("src.analysis.figures.param2tok"),
    message:
        "drawing {output.pdf}"
    shell:
        "python -m src.analysis.figures.param2tok {params.runs:q} --output {output.pdf:q}"
        " > {log:q} 2>&1"


rule training_curves:
    """Validation error over training steps, every method, k-osc."""
    input:
        lambda wildcards: within(detailed(wildcards.scale, TRAINED), "history.csv"),
    output:
        pdf=report(
            "<results>/{scale}/figures/training_curves.pdf",
            caption="../report/training_curves.rst",
            category="k-osc",
            labels={"figure": "training curves", "scale": "{scale}"},
        ),
        png="<results>/{scale}/figures/training_curves.png",
    log:
        "<results>/{scale}/figures/training_curves.log",
    benchmark:
        "<results>/{scale}/figures/training_curves.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        runs=lambda wildcards, input: folders(input),
        validation_items=validation_items,
        code=code_of("src.analysis.figures.training_curves"),
    message:
        "drawing {output.pdf}"
    shell:
        "python -m src.analysis.figures.training_curves {params.runs:q} --output {output.pdf:q}"
        " > {log:q} 2>&1"


rule publish:
    """Copy a figure of the configured scale to figures/."""
    input:
        pdf=f"<results>/{SCALE}/figures/{{figure}}.pdf",
        png=f"<results>/{SCALE}/figures/{{figure}}.png",
    output:
        pdf="figures/{figure}.pdf",
        png="figures/{figure}.png",
    log:
        "logs/publish/{figure}.log",
    localrule: True
    conda:
        "../../environment.yml"
    message:
        "{input.pdf} -> {output.pdf}"
    shell:
        "cp {input.pdf:q} {output.pdf:q} 2> {log:q} && cp {input.png:q} {output.png:q} 2>> {log:q}"
