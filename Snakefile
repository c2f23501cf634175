"""The study as a graph: which runs there are, and which figures and tables are drawn from them.

snakemake --cores all figures/lsd.pdf    Fig. 3 of the paper, at the scale of configs/workflow.yaml
snakemake --cores all --config scale=paper    everything, at another scale
snakemake --list    what the rules do
"""

from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from workflow.known_names import experiment_problems, settings_problems

min_version("9.0")


configfile: "configs/workflow.yaml"


# Before the rules, which take the settings for granted.
problems = settings_problems(
    config, yaml.safe_load(Path("workflow/schemas/workflow.schema.yaml").read_text())
) or experiment_problems(config, Path("configs/experiment"))
if problems:
    raise WorkflowError("\n  ".join(["configs/workflow.yaml or --config:", *problems]))


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/toy.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"


rule all:
    """Every figure and table of the tasks that the configured scale runs."""
    default_target: True
    input:
        expand(
            "figures/{figure}.{suffix}",
            figure=[figure for figure, task in FIGURES.items() if task in TASKS],
            suffix=["pdf", "png"],
        ),
        expand("results/{scale}/tables/{table}.csv", scale=SCALE, table=[*TASKS, "runs"]),


include: "workflow/rules/unknown.smk"
