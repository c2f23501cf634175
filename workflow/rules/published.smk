"""What start=scores and start=checkpoints take from published/, in place of what makes it."""

if START != "nothing":

    rule take_weights:
        """Take published files, here the weights of a run of a toy task."""
        input:
            taken(*within([RUN], WEIGHTS[0]), *within([RUN], WEIGHTS[1])),
        output:
            within([RUN], WEIGHTS[0]),
            within([RUN], WEIGHTS[1]),
        log:
            f"{RUN}/take.log",
        benchmark:
            f"{RUN}/take.benchmark.tsv"
        localrule: True
        conda:
            "../../environment.yml"
        threads: 1
        params:
            names=published_names,
            digests=published_digests,
            results=f"{RESULTS}/{{scale}}",
            code=code_of("src.analysis.published"),
        message:
            "published: {output}"
        shell:
            "python -m src.analysis.published take published/{wildcards.scale:q} {params.results:q}"
            " {params.names:q} > {log:q} 2>&1"

    use rule take_weights as take_synth_weights with:
        input:
            taken(f"{SYNTH_RUN}/{WEIGHTS[0]}", f"{SYNTH_RUN}/{WEIGHTS[1]}"),
        output:
            f"{SYNTH_RUN}/{WEIGHTS[0]}",
            f"{SYNTH_RUN}/{WEIGHTS[1]}",
        log:
            f"{SYNTH_RUN}/take.log",
        benchmark:
            f"{SYNTH_RUN}/take.benchmark.tsv"

    use rule take_weights as take_record with:
        input:
            taken(f"{RUN}/{{record}}"),
        output:
            f"{RUN}/{{record}}",
        log:
            f"{RUN}/take_{{record}}.log",
        benchmark:
            f"{RUN}/take_{{record}}.benchmark.tsv"
        wildcard_constraints:
            record="|".join(map(re.escape, RECORDS)),

    use rule take_weights as take_synth_record with:
        input:
            taken(f"{SYNTH_RUN}/{{record}}"),
        output:
            f"{SYNTH_RUN}/{{record}}",
        log:
            f"{SYNTH_RUN}/take_{{record}}.log",
        benchmark:
            f"{SYNTH_RUN}/take_{{record}}.benchmark.tsv"
        wildcard_constraints:
            record="|".join(map(re.escape, RECORDS)),

    ruleorder: take_weights > train
    ruleorder: take_record > train
    ruleorder: take_synth_weights > train_synth
    ruleorder: take_synth_record > train_synth
    ruleorder: take_synth_record > sampling_study
    ruleorder: take_synth_record > best_of_n_study


if START == "scores":

    use rule take_weights as take_scores with:
        input:
            taken("<results>/{scale}/{task}/scores.parquet"),
        output:
            "<results>/{scale}/{task}/scores.parquet",
        log:
            "<results>/{scale}/{task}/take.log",
        benchmark:
            "<results>/{scale}/{task}/take.benchmark.tsv"

    use rule take_weights as take_couplings with:
        input:
            taken("<results>/{scale}/kosc/couplings.parquet"),
        output:
            "<results>/{scale}/kosc/couplings.parquet",
        log:
            "<results>/{scale}/kosc/take_couplings.log",
        benchmark:
            "<results>/{scale}/kosc/take_couplings.benchmark.tsv"

    use rule take_weights as take_sound_scores with:
        input:
            taken("<results>/{scale}/{sounds}/scores.parquet"),
        output:
            "<results>/{scale}/{sounds}/scores.parquet",
        log:
            "<results>/{scale}/{sounds}/take.log",
        benchmark:
            "<results>/{scale}/{sounds}/take.benchmark.tsv"

    use rule take_weights as take_runs_table with:
        input:
            taken("<results>/{scale}/tables/runs.csv"),
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

    use rule take_weights as take_provenance_table with:
        input:
            taken(*[f"<results>/{{scale}}/tables/provenance.{suffix}" for suffix in ("csv", "md")]),
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

    ruleorder: take_scores > collect
    ruleorder: take_couplings > collect_couplings
    ruleorder: take_sound_scores > collect_sounds
    ruleorder: take_runs_table > runs_table
    ruleorder: take_provenance_table > provenance_table
