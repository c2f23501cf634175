"""Small training runs for the tests of training, evaluation and checkpoints."""

from pathlib import Path

from omegaconf import DictConfig

from src.runs.configuration import compose


def smoke_config(
    folder: Path, *overrides: str, entry: str = "train", experiment: str = "toy/cnf_mlp"
) -> DictConfig:
    """Compose a run of a few steps that writes into a folder."""
    return compose(
        entry,
        [
            f"experiment={experiment}",
            "scale=smoke",
            "data.k=2",
            f"paths.output_dir={folder}",
            "trainer.accelerator=cpu",
            *overrides,
        ],
    )
