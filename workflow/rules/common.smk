"""What the rules share: paths, the values of wildcards, and what a run depends on."""

import gc
import os
import sys

from workflow import dependencies, identity
from workflow.known_names import hint

# What is imported by now stays; not looking through it for garbage saves a fifth of a dry run.
gc.freeze()

# Rules call `python`: the one that runs Snakemake, whether or not its environment is activated.
os.environ.update(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")

RUN = "results/{scale}/{task}/k{k}-{symmetry}/{experiment}/seed{seed}"
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
}


wildcard_constraints:
    scale="|".join(KNOWN["scale"]),
    task="|".join(KNOWN["task"]),
    k="|".join(map(str, KNOWN["k"])),
    symmetry="|".join(KNOWN["symmetry"]),
    experiment="|".join(KNOWN["experiment"]),
    figure="|".join(KNOWN["figure"]),
    seed=r"0|[1-9]\d*",


def runs(scale, task, experiments, k=None, seeds=None):
    """List run folders of a task at a scale, in both conditions; k and seeds as the scale has them."""
    settings = config["scales"][scale]
    return expand(
        RUN,
        scale=scale,
        task=task,
        k=k or settings["k"],
        symmetry=SYMMETRIES,
        experiment=experiments,
        seed=seeds or settings["seeds"],
    )


def within(folders, name):
    """List a file of each folder."""
    return [f"{folder}/{name}" for folder in folders]


def folders(files):
    """List the folders that files lie in."""
    return [str(Path(file).parent) for file in files]


def job(name):
    """Look a limit of jobs up that the scale sets."""
    return lambda wildcards: config["scales"][wildcards.scale]["job"][name]


def experiment(wildcards):
    """List the Hydra overrides that scale, task and experiment stand for."""
    task = config["tasks"][wildcards.task]
    folder = Path("configs/experiment", task["group"])
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if wildcards.experiment not in known:
        raise WorkflowError(
            f"{wildcards.task} has no experiment {wildcards.experiment}; "
            + hint(wildcards.experiment, known)
        )
    name = f"experiment={task['group']}/{wildcards.experiment}"
    return (name, f"scale={wildcards.scale}", *task["overrides"])


def overrides(wildcards):
    """Say in Hydra's words what a run is: the same for its training and its evaluation."""
    asymmetric = str(wildcards.symmetry == "asymmetric").lower()
    rest = f"data.k={wildcards.k} data.break_symmetry={asymmetric} seed={wildcards.seed}"
    return " ".join([*experiment(wildcards), rest])


def of_run(name):
    """Choose a function of workflow/identity.py to say what a run depends on."""
    function = getattr(identity, name)
    return lambda wildcards: function(experiment(wildcards))


def detailed(scale, experiments, seeds="seeds"):
    """List run folders of k-osc at the one k that a scale's detailed figures show."""
    settings = config["scales"][scale]
    return runs(scale, "kosc", experiments, k=settings["k_detail"], seeds=settings[seeds])


def default_coupling(scale):
    """Look up how flows are trained at a scale whose experiment names no coupling."""
    method = config["scales"][scale]["couplings"]["methods"][0]
    return identity.coupling((f"experiment=kosc/{method}", f"scale={scale}"))


def coupled(scale):
    """List the flows by coupling; the runs of the main figures serve for the default coupling."""
    settings = config["scales"][scale]["couplings"]
    default = default_coupling(scale)
    suffixes = ["" if name == default else f"_{name}" for name in settings["couplings"]]
    return expand("{method}{suffix}", method=settings["methods"], suffix=suffixes)


def all_runs(scale):
    """List the folders of every run that `all` needs at a scale."""
    tasks = config["scales"][scale]["tasks"]
    found = [folder for task in tasks for folder in runs(scale, task, METHODS)]
    if "kosc" in tasks:
        found += detailed(scale, coupled(scale))
        found += detailed(scale, ["cnf_param2tok"], "seeds_param2tok")
    return list(dict.fromkeys(found))


def checkpoint(wildcards):
    """Name the weights that a run is scored with; none where a method has none."""
    return [] if is_untrained(wildcards.experiment) else f"{RUN}/model.ckpt".format(**wildcards)


def is_untrained(experiment):
    """Say whether a method has nothing to train."""
    return experiment in config["methods"]["untrained"]


def test_items(wildcards):
    """Count the test sounds of a scale, for captions."""
    run = (f"experiment=kosc/{TRAINED[0]}", f"scale={wildcards.scale}")
    return identity.test_items(run)
