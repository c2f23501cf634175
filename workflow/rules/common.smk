"""What the rules share: what follows from the settings, and the values that wildcards may take."""

from src.study.layout import SEED_PATTERN, below_scale
from workflow.graph import Graph, code_of, growing, null_if_missing
from workflow.inputs import Inputs
from workflow.products import Products
from workflow.runs import SAMPLED, folders_of
from workflow.tiers import PUBLISHED

RUN = "<results>/{scale}/{problem}/{method}/seed{seed}"
SCALE, START = tier.scale, tier.start
runs, settings = tier.runs, tier.runs.settings
RESULTS = runs.results
graph = Graph(runs, workflow)
inputs = Inputs(runs, tier)
products = Products(inputs)
EVERYTHING, LEFT_OUT = products.of_all(SCALE)


pathvars:
    results=RESULTS,


wildcard_constraints:
    scale="|".join(settings.content["scales"]),
    task=runs.tasks_pattern("toy", "rendered", "recordings"),
    problem=runs.problems_pattern("toy", "rendered", "recordings"),
    method="|".join(settings.variants),
    seed=SEED_PATTERN,
    figure="|".join(products.figure_names()),
    split="train|val|test",
    shard=r"\d\d\d\d+",


report: "../report/workflow.rst"
