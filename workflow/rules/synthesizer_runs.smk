"""What a run on a rendered data set is in Hydra's words, and what it depends on."""

DATA = "<results>/{scale}/{dataset}/data"
SYNTH_RUN = "<results>/{scale}/{dataset}/{method}/seed{seed}"
OOD_RUN = "<results>/{scale}/{ood}/{method}/seed{seed}"
# Figures that also exist for a folder of sounds; the others are about the models themselves.
SOUND_FIGURES = ["audio_metrics", "spectrograms"]
FLOWS = ["cnf_param2tok", "cnf_mlp"]  # methods that are sampled by a solver


def group_of(dataset):
    """Look up the experiments that are compared on a data set."""
    return config["groups"][config["datasets"][dataset]["group"]]


def plugin_path(dataset):
    """Look up where a data set's plug-in lies; None where the settings do not say."""
    plugin = config["datasets"][dataset].get("plugin")
    return config["plugins"].get(plugin) if plugin else None


def plugin_override(wildcards, dataset=None):
    """Say in Hydra's words where a data set's plug-in lies, if the settings do."""
    path = plugin_path(dataset or wildcards.dataset)
    return [f"dataset.plugin={hydra_string(path)}"] if path else []


def rendering_overrides(wildcards):
    """Say in Hydra's words what a data set is."""
    return [
        f"dataset={wildcards.dataset}",
        f"scale={wildcards.scale}",
        *plugin_override(wildcards),
    ]


def items_of_shard(wildcards):
    """Count the items of a shard.

    Raises:
        WorkflowError: the split has no such shard.
    """
    sizes = identity.shard_items(wildcards.dataset, wildcards.scale, wildcards.split)
    if int(wildcards.shard) >= len(sizes):
        raise WorkflowError(
            f"{wildcards.dataset} has the {wildcards.split} shards 0000 to {len(sizes) - 1:04d} "
            f"at scale {wildcards.scale}, not {wildcards.shard}"
        )
    return sizes[int(wildcards.shard)]


def shards(wildcards):
    """List the shards of a split."""
    count = len(identity.shard_items(wildcards.dataset, wildcards.scale, wildcards.split))
    folder = f"{DATA}/{{split}}".format(**wildcards)
    return [f"{folder}/shard-{number:04d}.h5" for number in range(count)]


def of_dataset(name):
    """Say what a data set depends on, by a function of workflow/identity.py."""
    function = getattr(identity, name)
    return lambda wildcards: f"{name} {function(wildcards.dataset, wildcards.scale)}"


def _synth_experiment(wildcards, dataset):
    group = config["datasets"][dataset]["group"]
    known = sorted(path.stem for path in Path("configs/experiment", group).glob("*.yaml"))
    if wildcards.method not in known:
        raise WorkflowError(
            f"{dataset} has no experiment {wildcards.method}; {hint(wildcards.method, known)}"
        )
    return (
        f"experiment={group}/{wildcards.method}",
        f"dataset={dataset}",
        f"scale={wildcards.scale}",
    )


def _data_overrides(wildcards, dataset):
    """Say in Hydra's words where the data lie, if not where the configuration takes them to be."""
    if RESULTS == "results":
        return []
    return [f"data.dataset_root={RESULTS}/{wildcards.scale}/{dataset}/data"]


def synth_overrides(wildcards):
    """Say in Hydra's words what a run is: the same for its training and its predictions."""
    dataset = wildcards.dataset
    run = [*_synth_experiment(wildcards, dataset), f"seed={wildcards.seed}"]
    return [*run, *_data_overrides(wildcards, dataset)]


def of_synth_run(name):
    """Say what a run depends on, by a function of workflow/identity.py."""
    function = getattr(identity, name)
    return lambda wildcards: f"{name} {function(_synth_experiment(wildcards, wildcards.dataset))}"


def is_trained(method):
    """Say whether a method has weights."""
    return any(method in group["trained"] for group in config["groups"].values())


def synth_checkpoint(wildcards):
    """Name the weights to predict with; none where a method has none."""
    if not is_trained(wildcards.method):
        return []
    return f"{SYNTH_RUN}/model.ckpt".format(**wildcards)


def synth_runs(scale, dataset, methods=None):
    """List the run folders of a data set."""
    group = group_of(dataset)
    found = expand(
        SYNTH_RUN,
        scale=scale,
        dataset=dataset,
        method=methods or [*group["trained"], *group["untrained"]],
        seed=config["scales"][scale]["seeds"],
    )
    return at_hand(found)


def all_synth_runs(scale):
    """List the run folders of the data sets that `all` runs at a scale."""
    found = config["scales"][scale]["datasets"]
    return [folder for dataset in found for folder in synth_runs(scale, dataset)]


def ood_dataset(wildcards):
    """Look up the data set whose models predict for a folder of sounds."""
    return config["ood"][wildcards.ood]["dataset"]


def ood_folder(wildcards):
    """Look up a folder of sounds.

    A dry run plans without it.

    Raises:
        WorkflowError: the settings do not name it, or it is not there.
    """
    folder = config["ood"][wildcards.ood]["folder"]
    if folder is None and workflow.dryrun:
        return "nothing"
    if folder is None or not Path(folder).is_dir():
        raise WorkflowError(
            f"ood.{wildcards.ood}.folder: {folder or 'nothing'} is no folder; set it in "
            "configs/workflow.yaml to the folder of the sounds (docs/out_of_domain.md)"
        )
    return folder


def ood_content(wildcards):
    """Name what lies in a folder of sounds, by names and sizes, so that new sounds are taken in."""
    folder = config["ood"][wildcards.ood]["folder"]
    return identity.folder_content(Path(folder)) if folder and Path(folder).is_dir() else "nothing"


def ood_limit(wildcards):
    """Say how many sounds of a folder are taken, where the settings do."""
    limit = config["ood"][wildcards.ood].get("limit")
    return ["--limit", str(limit)] if limit else []


def ood_overrides(wildcards):
    """Say in Hydra's words which run's model predicts for a folder of sounds."""
    dataset = ood_dataset(wildcards)
    run = [*_synth_experiment(wildcards, dataset), f"seed={wildcards.seed}"]
    return [*run, *_data_overrides(wildcards, dataset)]


def of_ood_run(name):
    """Say what predictions for a folder of sounds depend on."""
    function = getattr(identity, name)
    return (
        lambda wildcards: f"{name} {function(_synth_experiment(wildcards, ood_dataset(wildcards)))}"
    )


def ood_checkpoint(wildcards):
    """Name the weights that predict for a folder of sounds."""
    if not is_trained(wildcards.method):
        return []
    return f"{SYNTH_RUN}/model.ckpt".format(dataset=ood_dataset(wildcards), **wildcards)


def ood_runs(scale, ood):
    """List the run folders of a folder of sounds; there is no true patch to render again."""
    group = group_of(config["ood"][ood]["dataset"])
    methods = [*group["trained"], *(m for m in group["untrained"] if m != "rerendered")]
    models = [Path(folder) for folder in synth_runs(scale, config["ood"][ood]["dataset"], methods)]
    return [f"<results>/{scale}/{ood}/{run.parent.name}/{run.name}" for run in models]


def test_sounds(wildcards):
    """Count the test sounds of a set, for captions; a folder's are counted only when it is read."""
    if wildcards.sounds not in config["ood"]:
        return sum(identity.shard_items(wildcards.sounds, wildcards.scale, "test"))
    limit = config["ood"][wildcards.sounds].get("limit")
    return f"the first {limit}" if limit else "all"


def sounds_of_study(name):
    """Make a function that counts the test sounds that a study of a data set takes, for captions."""

    def count(wildcards):
        group = config["datasets"][wildcards.dataset]["group"]
        run = (f"experiment={group}/{FLOWS[0]}", f"dataset={wildcards.dataset}")
        nodes = identity.settings((*run, f"scale={wildcards.scale}"))
        here = identity.shard_items(wildcards.dataset, wildcards.scale, "test")
        return min(nodes["scale"]["synth"][name]["sounds"], sum(here))

    return count


def rows_of(wildcards):
    """List the run folders that a table of sounds compares."""
    runs_of = ood_runs if wildcards.sounds in config["ood"] else synth_runs
    return runs_of(wildcards.scale, wildcards.sounds)


def shown(wildcards):
    """List the runs whose sounds are drawn: the first seed of every method."""
    first = f"seed{config['scales'][wildcards.scale]['seeds'][0]}"
    return [folder for folder in rows_of(wildcards) if Path(folder).name == first]


def best_of_n_settings(wildcards):
    """Say what a study of candidates depends on: how many, how sampled, how rendered."""
    overrides = _synth_experiment(wildcards, wildcards.dataset)
    node = identity.settings(overrides)["scale"]["synth"]["best_of_n"]
    return f"best_of_n {json.dumps(node)} {identity.evaluation_settings(overrides)}"


def best_of_n_code(wildcards):
    """Say which code a study of candidates can run."""
    modules = identity.evaluation_modules(_synth_experiment(wildcards, wildcards.dataset))
    return f"best_of_n_code {dependencies.digest(*modules, 'src.matching.study')}"
