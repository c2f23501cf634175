"""The study as a graph: which runs there are, and which figures and tables are drawn from them.

snakemake --cores all figures/lsd.pdf    Fig. 3 of the paper, at the scale of configs/workflow.yaml
snakemake --cores all --config scale=paper    everything, at another scale
snakemake --list    what the rules do
"""

from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from workflow import tiers
from workflow.known_names import as_seeds, experiment_problems, settings_problems

min_version("9.0")


configfile: "configs/workflow.yaml"


# Before the rules, which take the settings for granted.
config["seeds"] = as_seeds(config.get("seeds"))
schema = yaml.safe_load(Path("workflow/schemas/workflow.schema.yaml").read_text(encoding="utf-8"))
problems = settings_problems(config, schema)
problems = problems or experiment_problems(config, Path("configs/experiment"))
if problems:
    raise WorkflowError("\n  ".join(["configs/workflow.yaml or --config:", *problems]))
for settings_of_scale in config["scales"].values() if config["seeds"] else []:
    settings_of_scale["seeds"] = config["seeds"]


# Each tier of reproduction has a folder of its own, so that published inputs never stand among
# one's own runs. Paths of inputs and outputs say <results>/{scale}/…, all else says RESULTS.
RESULTS = "results" if config["start"] == "nothing" else f"results/from_{config['start']}"


pathvars:
    results=RESULTS,


tasks_left_out = tiers.narrow(config)


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/runs.smk"
include: "workflow/rules/synthesizer_runs.smk"
include: "workflow/rules/tiers.smk"
include: "workflow/rules/listen_inputs.smk"
include: "workflow/rules/toy.smk"
include: "workflow/rules/rendering.smk"
include: "workflow/rules/synthesizers.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/distances.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/synthesizer_tables.smk"
include: "workflow/rules/match.smk"
include: "workflow/rules/listen.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/published.smk"
include: "workflow/rules/publishing.smk"


TABLES = [*TASKS, *DATASETS, *OODS, "runs", "provenance", "benchmarks"]
say_left_out(tasks_left_out)
EVERYTHING = possible(
    [
        *[f"figures/{figure}.pdf" for figure, task in FIGURES.items() if task in TASKS],
        *[f"<results>/{SCALE}/tables/{table}.csv" for table in TABLES],
        *expand("figures/{sounds}/{figure}.pdf", sounds=[*DATASETS, *OODS], figure=SOUND_FIGURES),
        *expand("figures/{dataset}/{figure}.pdf", dataset=DATASETS, figure=SYNTH_FIGURES),
        *[f"<results>/{SCALE}/listen/index.html" for _ in [*DATASETS, *OODS][:1]],
    ]
)


rule all:
    """Every figure and table of the tasks that the configured scale runs."""
    default_target: True
    input:
        EVERYTHING,


include: "workflow/rules/unknown.smk"
