"""What a single run is in Hydra's words, what it depends on, and what it may take of a machine."""

from src.runs.configuration import hydra_string
from workflow import identity
from workflow.known_names import hint


def job(name):
    """Look a limit of jobs up that the scale sets."""
    return lambda wildcards: config["scales"][wildcards.scale]["job"][name]


def job_again(name):
    """Look a limit up that grows with every attempt: memory, and the time of work begun anew.

    A training's time is none of these: its next attempt goes on where the last one ended.
    """
    return lambda wildcards, attempt: config["scales"][wildcards.scale]["job"][name] * attempt


def one_gpu(wildcards):
    """Ask for a GPU where the scale uses any: only trainings share several."""
    return min(1, config["scales"][wildcards.scale]["job"]["gpu"])


def processes(wildcards):
    """Count the processes of a training: one for each of its GPUs, or a single one."""
    return max(1, config["scales"][wildcards.scale]["job"]["gpu"])


def training_threads(wildcards):
    """Count the threads of a training."""
    return config["scales"][wildcards.scale]["job"]["threads"] * processes(wildcards)


def training_memory(wildcards, attempt):
    """Say what memory a training asks for: doubled once, since most of its attempts end by time."""
    memory = config["scales"][wildcards.scale]["job"]["mem_mb"] * processes(wildcards)
    return memory * min(attempt, 2)


def devices(wildcards, resources):
    """Say in Hydra's words on how many GPUs a training runs data-parallel, if on more than one."""
    count = resources.get("gpu", 0)
    return [f"trainer.devices={count}"] if count > 1 else []


def again(amount):
    """Make a limit that grows with every attempt."""
    return lambda wildcards, attempt: amount * attempt


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
    rest = [f"data.k={wildcards.k}", f"data.break_symmetry={asymmetric}", f"seed={wildcards.seed}"]
    return [*experiment(wildcards), *rest]


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


def validation_items(wildcards):
    """Count the validation sounds of a scale, for captions."""
    run = (f"experiment=kosc/{TRAINED[0]}", f"scale={wildcards.scale}")
    return identity.validation_items(run)


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
