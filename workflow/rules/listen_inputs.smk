"""What the listening page is made of: data sets, plug-ins, recordings, its template."""

import hashlib


def listen_dataset(wildcards):
    """Look up the data set whose synthesizer plays: the set of sounds, or that of its models."""
    sounds = wildcards.sounds
    return config["ood"][sounds]["dataset"] if sounds in config["ood"] else sounds


def listen_plugin(wildcards):
    """Say where the plug-in lies, if the settings do."""
    path = plugin_path(listen_dataset(wildcards))
    return ["--plugin", path] if path else []


def listen_recordings(wildcards):
    """Name the file of recordings, where the targets are from there."""
    if wildcards.sounds not in config["ood"]:
        return []
    return f"{RESULTS}/{wildcards.scale}/{wildcards.sounds}/data/test.h5"


def listen_sets(wildcards):
    """List the folders of a page: those of every set of sounds of the scale.

    Raises:
        WorkflowError: the scale has none.
    """
    settings = config["scales"][wildcards.scale]
    if not (sounds := [*settings["datasets"], *settings["ood"]]):
        raise WorkflowError(
            f"scales.{wildcards.scale} has no datasets and no ood: nothing to listen to"
        )
    return [f"{RESULTS}/{wildcards.scale}/listen/{name}" for name in sounds]


def page_files():
    """Name the text of the page's template, style and script by a short hash."""
    files = sorted(Path("src/listen/assets").iterdir())
    text = b"".join(path.read_bytes() for path in files if path.is_file())
    return f"assets {hashlib.sha256(text).hexdigest()[:16]}"
