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
    """Recompute the checksums of all published files."""
    log:
        "logs/verify.log",
    localrule: True
    conda:
        "../../environment.yml"
    threads: 1
    message:
        "checking published/"
    shell:
        "python -m src.analysis.published verify published 2>&1 | tee {log:q}"
