"""What is kept in published/, what a tier takes from there, and the check that it is unchanged."""

if START != "nothing":

    rule take:
        """Take a published file in place of what makes it."""
        input:
            tier.check_taken,
        output:
            "<results>/{scale}/{published}",
        wildcard_constraints:
            published=tier.pattern,
        localrule: True
        params:
            digest=tier.digest,
            folder=f"{PUBLISHED}/{{scale}}",
            results=f"{RESULTS}/{{scale}}",
            code=code_of("src.analysis.published"),
        shell:
            "python -m src.analysis.published take {params.folder:q} {params.results:q}"
            " {wildcards.published:q} > {log:q} 2>&1"


rule publish_results:
    """Keep the scores of the configured scale, and chosen weights, in published/."""
    input:
        lambda wildcards: products.kept(SCALE),
    log:
        f"logs/publish_results/{SCALE}.log",
    localrule: True
    params:
        names=lambda wildcards, input: [below_scale(path) for path in input],
        results=f"{RESULTS}/{SCALE}",
        published=f"{PUBLISHED}/{SCALE}",
    shell:
        "python -m src.analysis.published write {params.results:q} {params.published:q}"
        " {params.names:q} 2>&1 | tee {log:q}"


rule verify:
    """Check published files by their list, and results of the scale by the checksums they carry."""
    log:
        "logs/verify.log",
    localrule: True
    params:
        published=str(PUBLISHED),
        results=f"{RESULTS}/{SCALE}",
    shell:
        "(python -m src.analysis.published verify {params.published:q}"
        " && if [ -d {params.results:q} ]; then python -m src.analysis.intact {params.results:q}; fi)"
        " 2>&1 | tee {log:q}"
