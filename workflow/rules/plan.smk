"""What `all` would take: jobs, core hours, GPU hours, from measured rates (configs/rates.yaml)."""


rule plan:
    """Print how many jobs `all` still needs, and the core and GPU hours that they take."""
    log:
        "logs/plan.log",
    localrule: True
    conda:
        "../../environment.yml"
    threads: 1
    params:
        settings=json.dumps(config, sort_keys=True),
    message:
        "planning all, scale {SCALE}"
    shell:
        "python -m workflow.plan --settings {params.settings:q} 2>&1 | tee {log:q}"
