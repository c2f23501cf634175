"""What a single run is in Hydra's words, what it depends on, and what it may take of a machine."""

from workflow import identity
from workflow.known_names import hint


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
    """Say what a run depends on, by a function of workflow/identity.py.

    The function's name stands before its hash, so that Snakemake's reason for a rerun tells whether
    settings or code have changed.
    """
    function = getattr(identity, name)
    return lambda wildcards: f"{name} {function(experiment(wildcards))}"


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
