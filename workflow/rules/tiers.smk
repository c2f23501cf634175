"""Three tiers of reproduction: what start=scores and start=checkpoints take from published/.

`all` leaves out what a tier cannot make. Published files are no inputs of rules, or Snakemake would
look for what makes them. Their checksums are params, so a file that was published anew is taken anew.
"""

from snakemake.logging import logger

from workflow import tiers
from workflow.tiers import WEIGHTS, in_scale

START = config["start"]
RECORDS = {  # files of a run that a tier takes without what made them
    "nothing": [],
    "checkpoints": ["history.csv", "run.json", "provenance.json"],
    "scores": ["history.csv", "sampling.parquet", "best_of_n.parquet"],
}[START]
# A training is no way to weights that a tier takes: Snakemake would train what is not published.
TRAINED_HERE = r"0|[1-9]\d*" if START == "nothing" else r"(?!)"  # seeds
TABLES_OF_RECORD = ["runs.csv", "provenance.csv", "provenance.md"]  # what scores do not tell


def has_published(scale, names):
    """Say whether all of some files are published; they are named relative to the scale's folder."""
    return all(name in tiers.published(scale) for name in names)


def taken(*patterns):
    """Make an input function that says which files a published one needs: none, but it must be there.

    Raises:
        WorkflowError: when called, where a file is not published.
    """

    def check(wildcards):
        names = [in_scale(pattern.format(**wildcards)) for pattern in patterns]
        if not has_published(wildcards.scale, names):
            folder = tiers.PUBLISHED / wildcards.scale
            wanted = Path(names[0]).name
            known = [n for n in tiers.published(wildcards.scale) if Path(n).name == wanted]
            raise WorkflowError(
                f"start={START}: {folder} lacks {', '.join(names)}; start=nothing makes it. "
                f"There is: {', '.join(known) or 'nothing'}"
            )
        return []

    return check


def published_names(wildcards, output):
    """Name the files that a rule takes, relative to the scale's folder."""
    return [in_scale(path) for path in output]


def published_digests(wildcards, output):
    """List the checksums of the files that a rule takes."""
    sums = tiers.published(wildcards.scale)
    return [sums[name] for name in published_names(wildcards, output)]


def has_weights(folder):
    """Say whether a run is of a method that is trained."""
    groups = [config["methods"], *config["groups"].values()]
    return all(Path(folder).parent.name not in group["untrained"] for group in groups)


def at_hand(folders):
    """Leave out run folders whose weights a tier needs and does not have.

    Raises:
        WorkflowError: none of them with weights is left.
    """
    if START != "checkpoints":
        return folders
    missing = [folder for folder in folders if not is_at_hand(folder)]
    if missing and not any(has_weights(folder) for folder in set(folders) - set(missing)):
        raise WorkflowError(
            f"start=checkpoints: published/{tiers.scale_of(missing[0])} lacks the weights of all of "
            f"{', '.join(map(in_scale, missing))}; start=nothing trains them"
        )
    say_left_out(missing)
    return [folder for folder in folders if folder not in missing]


def is_at_hand(folder):
    """Say whether a run has no weights, or has them published."""
    names = [f"{in_scale(folder)}/{name}" for name in WEIGHTS]
    return not has_weights(folder) or has_published(tiers.scale_of(folder), names)


said = set()


def say_left_out(names):
    """Say once what a tier cannot make."""
    names = list(dict.fromkeys(name.removeprefix("<results>/") for name in names))
    if workflow.is_main_process and (news := [name for name in names if name not in said]):
        said.update(news)
        logger.warning(
            f"start={START}: published/{SCALE} does not have it, left out: {' '.join(news)}"
        )


NEEDED = {  # results that figures are drawn from, beside the scores of their task or sounds
    "couplings": lambda _: (
        detailed(SCALE, coupled(SCALE)) and [f"<results>/{SCALE}/kosc/couplings.parquet"]
    ),
    "training_curves": lambda _: within(detailed(SCALE, TRAINED), "history.csv"),
    "param2tok_kosc": lambda _: [
        f"{folder}/{name}"
        for folder in detailed(SCALE, ["cnf_param2tok"], "seeds_param2tok")
        for name in WEIGHTS
    ],
    "sampling_steps": lambda sounds: within(synth_runs(SCALE, sounds, FLOWS), "sampling.parquet"),
    "best_of_n": lambda sounds: within(synth_runs(SCALE, sounds, MATCHERS), "best_of_n.parquet"),
    "param2tok": lambda sounds: [
        f"{folder}/{name}"
        for folder in synth_runs(SCALE, sounds, ["cnf_param2tok"])
        for name in WEIGHTS
    ],
}


def can_make(target):
    """Say whether the tier of the settings can make a target of `all`."""
    path = Path(target)
    if START == "scores" and path.stem in ("index", "spectrograms"):
        return False  # sounds are not published
    if START == "scores" and path.name in TABLES_OF_RECORD:
        return has_published(SCALE, [in_scale(target)])
    if START == "nothing" or path.stem not in NEEDED:
        return True
    try:
        files = NEEDED[path.stem](path.parent.name)
    except WorkflowError:  # no weights
        return False
    return START == "checkpoints" or has_published(SCALE, [in_scale(file) for file in files])


def possible(targets):
    """Keep the targets of `all` that the tier of the settings can make, and say which it cannot."""
    kept = [target for target in targets if can_make(target)]
    say_left_out([target for target in targets if target not in kept])
    return kept


def to_publish():
    """List the results of the configured scale that are kept in the repository.

    Raises:
        WorkflowError: the results come from published ones themselves.
    """
    if START != "nothing":
        raise WorkflowError(f"start={START}: only results made from nothing are published")
    files = [f"<results>/{SCALE}/{name}/scores.parquet" for name in [*TASKS, *DATASETS, *OODS]]
    if "kosc" in TASKS:
        files += NEEDED["couplings"](None) + NEEDED["training_curves"](None)
    for dataset in DATASETS:
        files += NEEDED["sampling_steps"](dataset) + NEEDED["best_of_n"](dataset)
    for name, methods in config["published_checkpoints"].items():
        if name in TASKS or name in DATASETS:
            runs_of = runs if name in TASKS else synth_runs
            for file in [*WEIGHTS, "history.csv", "run.json", "provenance.json"]:
                files += within(runs_of(SCALE, name, methods), file)
        if name in DATASETS:  # what its models expect of their input
            files.append(f"<results>/{SCALE}/{name}/data/stats.npz")
    files += [f"<results>/{SCALE}/tables/{name}" for name in TABLES_OF_RECORD]
    return list(dict.fromkeys(files))
