"""What the rules share: the paths of runs, and the values that wildcards may take."""

import gc
import json
import os
import signal
import sys

from workflow import dependencies

# What is imported by now stays; not looking through it for garbage saves a fifth of a dry run.
gc.freeze()

# Rules call `python`: the one that runs Snakemake, whether or not its environment is activated.
os.environ.update(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")

# Slurm tells every process of a job that its time is almost over (profiles/slurm). A training saves
# then; Snakemake, shells and loggers, which inherit this, wait for it.
signal.signal(signal.SIGUSR1, signal.SIG_IGN)

# The same where a training is told to end at once: its shell and `tee` outlive it by this.
UNTIL_SAVED = "trap '' TERM;"

# Of small jobs; `attempt` is 2 and more where a job is tried again (retries of a profile).
LIGHT = {
    "mem_mb": lambda wildcards, attempt: 2000 * attempt,
    "runtime": lambda wildcards, attempt: 10 * attempt,
}
RUN = "<results>/{scale}/{task}/k{k}-{symmetry}/{experiment}/seed{seed}"
SCALE = config["scale"]
TASKS = config["scales"][SCALE]["tasks"]
TRAINED = config["methods"]["trained"]
METHODS = [*TRAINED, *config["methods"]["untrained"]]
COUPLED = sorted(
    {
        name
        for scale in config["scales"].values()
        for name in expand("{methods}_{couplings}", **scale["couplings"])
    }
)
SYMMETRIES = ["symmetric", "asymmetric"]
FIGURES = {  # and the task that each is about
    "lsd": "kosc",
    "lsd_ksin": "ksin",
    "parameter_error": "kosc",
    "parameter_error_ksin": "ksin",
    "param2tok_kosc": "kosc",
    "training_curves": "kosc",
    "couplings": "kosc",
}

DATASETS = config["scales"][SCALE]["datasets"]
OODS = config["scales"][SCALE]["ood"]
SYNTH_METHODS = sorted(
    {
        method
        for group in config["groups"].values()
        for methods in group.values()
        for method in methods
    }
)
SYNTH_FIGURES = ["audio_metrics", "spectrograms", "param2tok", "sampling_steps", "best_of_n"]

# What a path may say; anything else is answered with this list. Seeds are free.
KNOWN = {
    "scale": list(config["scales"]),
    "task": list(config["tasks"]),
    "k": sorted(
        {k for scale in config["scales"].values() for k in [*scale["k"], scale["k_detail"]]}
    ),
    "symmetry": SYMMETRIES,
    "experiment": [*METHODS, *COUPLED],
    "figure": list(FIGURES),
    "dataset": list(config["datasets"]),
    "ood": list(config["ood"]),
    "sounds": [*config["datasets"], *config["ood"]],
    "method": SYNTH_METHODS,
    "split": ["train", "val", "test"],
    "synth_figure": SYNTH_FIGURES,
}


wildcard_constraints:
    scale="|".join(KNOWN["scale"]),
    task="|".join(KNOWN["task"]),
    k="|".join(map(str, KNOWN["k"])),
    symmetry="|".join(KNOWN["symmetry"]),
    experiment="|".join(KNOWN["experiment"]),
    figure="|".join(KNOWN["figure"]),
    dataset="|".join(KNOWN["dataset"]),
    ood="|".join(KNOWN["ood"]),
    sounds="|".join(KNOWN["sounds"]),
    method="|".join(KNOWN["method"]),
    split="|".join(KNOWN["split"]),
    synth_figure="|".join(KNOWN["synth_figure"]),
    shard=r"\d\d\d\d+",
    seed=r"0|[1-9]\d*",


def runs(scale, task, experiments, k=None, seeds=None):
    """List run folders of a task at a scale, in both conditions; k and seeds as the scale has them."""
    settings = config["scales"][scale]
    found = expand(
        RUN,
        scale=scale,
        task=task,
        k=k or settings["k"],
        symmetry=SYMMETRIES,
        experiment=experiments,
        seed=seeds or settings["seeds"],
    )
    return at_hand(found)


def code_of(module):
    """Say which code a command runs, so that a rule runs again when that changes."""
    return f"code {dependencies.digest(module)}"


def within(folders, name):
    """List a file of each folder."""
    return [f"{folder}/{name}" for folder in folders]


def folders(files):
    """List the folders that files lie in."""
    return [str(Path(file).parent) for file in files]


def detailed(scale, experiments, seeds="seeds"):
    """List run folders of k-osc at the one k that a scale's detailed figures show."""
    settings = config["scales"][scale]
    return runs(scale, "kosc", experiments, k=settings["k_detail"], seeds=settings[seeds])


def all_runs(scale):
    """List the folders of every run that `all` needs at a scale."""
    tasks = config["scales"][scale]["tasks"]
    found = [folder for task in tasks for folder in runs(scale, task, METHODS)]
    if "kosc" in tasks:
        found += detailed(scale, coupled(scale))
        found += detailed(scale, ["cnf_param2tok"], "seeds_param2tok")
    return list(dict.fromkeys(found))


def benchmarked_rules(wildcards):
    """Write down which paths the benchmark files of each rule have, as regular expressions.

    Of two rules with the same files the later one counts, which takes what is published.
    """
    found = {
        known_rule.benchmark.regex().pattern: known_rule.name
        for known_rule in workflow.rules
        if known_rule.benchmark
    }
    return [f"{name}={pattern}" for pattern, name in found.items()]
