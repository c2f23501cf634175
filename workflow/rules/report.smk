"""Tables about the work itself, for the report: what the jobs took, and where the runs come from."""


rule benchmarks_table:
    """Gather time and memory of all jobs of `all`, by rule."""
    input:
        lambda wildcards: [target for target in EVERYTHING if Path(target).stem != "benchmarks"],
    output:
        csv=report(
            f"<results>/{SCALE}/tables/benchmarks.csv",
            caption="../report/table_benchmarks.rst",
            category="Provenance",
            labels={"task": "all", "table": "time and memory of rules", "scale": SCALE},
        ),
        md=f"<results>/{SCALE}/tables/benchmarks.md",
    log:
        f"<results>/{SCALE}/tables/benchmarks.log",
    localrule: True
    conda:
        "../../environment.yml"
    threads: 1
    params:
        rules=benchmarked_rules,
        results=subpath(output.csv, ancestor=2),
        code=code_of("src.analysis.benchmarks_table"),
    message:
        "time and memory of all rules, scale {SCALE}"
    shell:
        "python -m src.analysis.benchmarks_table {params.results:q} --rules {params.rules:q}"
        " --output {output.csv:q} > {log:q} 2>&1"


rule benchmarks:
    """Make the table of time and memory of all rules at the configured scale."""
    input:
        rules.benchmarks_table.output,


rule provenance_table:
    """Gather commit, versions, hardware and seeds of all runs."""
    input:
        lambda wildcards: [
            f"{folder}/provenance.json"
            for folder in [*all_runs(wildcards.scale), *all_synth_runs(wildcards.scale)]
            if has_weights(folder)
        ],
    output:
        csv=report(
            "<results>/{scale}/tables/provenance.csv",
            caption="../report/table_provenance.rst",
            category="Provenance",
            labels={"task": "all", "table": "provenance", "scale": "{scale}"},
        ),
        md="<results>/{scale}/tables/provenance.md",
    log:
        "<results>/{scale}/tables/provenance.log",
    benchmark:
        "<results>/{scale}/tables/provenance.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        **LIGHT,
    params:
        results=f"{RESULTS}/{{scale}}",
        code=code_of("src.analysis.origins"),
    message:
        "provenance of all runs, scale {wildcards.scale}"
    shell:
        "python -m src.analysis.origins {params.results:q} --output {output.csv:q} > {log:q} 2>&1"
