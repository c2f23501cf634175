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
schema = yaml.safe_load(Path("workflow/schemas/workflow.schema.yaml").read_text(encoding="utf-8"))
problems = settings_problems(config, schema)
problems = problems or experiment_problems(config, Path("configs/experiment"))
if problems:
    raise WorkflowError("\n  ".join(["configs/workflow.yaml or --config:", *problems]))


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/runs.smk"
include: "workflow/rules/synthesizer_runs.smk"
include: "workflow/rules/toy.smk"
include: "workflow/rules/rendering.smk"
include: "workflow/rules/synthesizers.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/distances.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/synthesizer_tables.smk"


rule all:
    """Every figure and table of the tasks that the configured scale runs."""
    default_target: True
    input:
        [f"figures/{figure}.pdf" for figure, task in FIGURES.items() if task in TASKS],
        [f"results/{SCALE}/tables/{table}.csv" for table in [*TASKS, "runs", *DATASETS, *OODS]],
        expand("figures/{sounds}/{figure}.pdf", sounds=[*DATASETS, *OODS], figure=SOUND_FIGURES),
        expand("figures/{dataset}/{figure}.pdf", dataset=DATASETS, figure=SYNTH_FIGURES),


include: "workflow/rules/unknown.smk"
