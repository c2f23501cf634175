"""What the configured scale keeps in published/, and the check that it is as it was published."""


rule publish_results:
    """Keep the scores of the configured scale, and chosen weights, in published/."""
    input:
        lambda wildcards: to_publish(),
    log:
        f"logs/publish_results/{SCALE}.log",
    localrule: True
    conda:
        "../../environment.yml"
    threads: 1
    params:
        names=lambda wildcards, input: [in_scale(path) for path in input],
        results=f"{RESULTS}/{SCALE}",
        published=str(tiers.PUBLISHED / SCALE),
    message:
        "publishing {params.results} in {params.published}"
    shell:
        "python -m src.analysis.published write {params.results:q} {params.published:q} {params.names:q}"
        " 2>&1 | tee {log:q}"


rule verify:
    """Check published files by their list, and results of the scale by the checksums they carry."""
    log:
        "logs/verify.log",
    localrule: True
    conda:
        "../../environment.yml"
    threads: 1
    params:
        results=f"{RESULTS}/{SCALE}",
    message:
        "checking published/ and {params.results}"
    shell:
        "(python -m src.analysis.published verify published"
        " && if [ -d {params.results:q} ]; then python -m src.analysis.intact {params.results:q}; fi)"
        " 2>&1 | tee {log:q}"
