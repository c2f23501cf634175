"""Scores gathered, summarised in tables, drawn: a figure is a row of workflow/figures.py."""

if START != "scores":

    rule gather:
        """Gather the scores of the runs of a task or study, a row an item of a run."""
        input:
            inputs.gathered,
        output:
            "<results>/{scale}/{task}/{scores}.parquet",
        wildcard_constraints:
            scores="|".join(["scores", *settings.studies]),
        group:
            "report"
        params:
            runs=lambda wildcards, input: folders_of(input),
            code=code_of("src.analysis.gather"),
        shell:
            "python -m src.analysis.gather {params.runs:q} --output {output:q} > {log:q} 2>&1"


rule tables:
    """Summarise a task or study: means with intervals, and differences between methods."""
    input:
        scores=inputs.scores_of_table,
    output:
        csv=report(
            "<results>/{scale}/tables/{table}.csv",
            caption="../report/table.rst",
            category="Tables",
            labels={"task": "{table}", "table": "scores", "scale": "{scale}"},
        ),
        paired=report(
            "<results>/{scale}/tables/{table}_paired.csv",
            caption="../report/table_paired.rst",
            category="Tables",
            labels={"task": "{table}", "table": "paired differences", "scale": "{scale}"},
        ),
        others=expand(
            "<results>/{{scale}}/tables/{{table}}{kind}.{suffix}",
            kind=["", "_paired"],
            suffix=["md", "tex"],
        ),
    wildcard_constraints:
        table="|".join([*settings.tasks, *settings.studies]),
    group:
        "report"
    params:
        stem=lambda wildcards, output: output.csv.removesuffix(".csv"),
        sounds=inputs.test_items,
        code=code_of("src.analysis.tables"),
    shell:
        "python -m src.analysis.tables {input.scores:q} --output {params.stem:q} > {log:q} 2>&1"


# Rows to which further rules of the same kind are made: figures, and tables about the work itself.
for product in [*products.figures, *products.records]:

    rule:
        """Draw a figure, or gather facts about the runs, as its row says."""
        name:
            product.rule
        input:
            unpack(product.inputs),
        output:
            **product.outputs(report),
        group:
            "report"
        params:
            command=product.command,
            sounds=product.sounds,
            made_by=product.made_by,
            code=product.code,
        shell:
            "python -m {params.command:q} > {log:q} 2>&1"


rule show:
    """Copy a figure of the configured scale to figures/, where it is looked at."""
    input:
        pdf=f"<results>/{SCALE}/figures/{{figure}}.pdf",
        png=f"<results>/{SCALE}/figures/{{figure}}.png",
    output:
        pdf="figures/{figure}.pdf",
        png="figures/{figure}.png",
    log:
        "logs/show/{figure}.log",
    localrule: True
    shell:
        "cp {input.pdf:q} {output.pdf:q} 2> {log:q} && cp {input.png:q} {output.png:q} 2>> {log:q}"


rule benchmarks_table:
    """Gather time and memory of all jobs of `all`, by rule."""
    input:
        EVERYTHING,
    output:
        csv=report(
            f"<results>/{SCALE}/tables/benchmarks.csv",
            caption="../report/table_benchmarks.rst",
            category="Tables about the work",
            labels={"task": "all", "shown": "time and memory of rules", "scale": SCALE},
        ),
        md=f"<results>/{SCALE}/tables/benchmarks.md",
    localrule: True
    params:
        rules=lambda wildcards: shared.benchmark_patterns(workflow),
        results=subpath(output.csv, ancestor=2),
        code=code_of("src.analysis.benchmarks_table"),
    shell:
        "python -m src.analysis.benchmarks_table {params.results:q} --rules {params.rules:q}"
        " --output {output.csv:q} > {log:q} 2>&1"


rule benchmarks:
    """Make the table of time and memory of all rules at the configured scale."""
    input:
        rules.benchmarks_table.output,
