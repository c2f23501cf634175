"""The study as a graph: which runs there are, and which figures and tables are drawn from them.

snakemake --cores all figures/lsd.pdf    Fig. 3 of the paper, at the scale of configs/workflow.yaml
snakemake --cores all --config scale=paper    everything, at another scale
snakemake --list    what the rules do
"""

from snakemake.utils import min_version

from workflow import process, shared, targets, tiers

min_version("9.0")
process.prepare()


configfile: f"{workflow.basedir}/configs/workflow.yaml"


tier = tiers.begin(config, is_silent=not workflow.is_main_process)


include: "workflow/rules/common.smk"


if START != "scores":

    include: "workflow/rules/runs.smk"
    include: "workflow/rules/rendered.smk"
    include: "workflow/rules/match.smk"
    include: "workflow/rules/listen.smk"


include: "workflow/rules/published.smk"
include: "workflow/rules/analysis.smk"


rule all:
    """Every figure and table of the tasks that the configured scale runs."""
    default_target: True
    input:
        *EVERYTHING,
        rules.benchmarks_table.output.csv,


shared.complete(workflow)
targets.check(workflow, products, left_out=LEFT_OUT)
process.print_progress_only(workflow)
