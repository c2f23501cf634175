"""Compare solvers, steps and guidance of one trained flow: ``python -m src.runs.sampling_study …``.

python -m src.runs.sampling_study experiment=rendered/cnf_mlp ckpt_path=RUN/model.ckpt \
    paths.output_dir=FOLDER

A sound is encoded once, and every setting starts from the same noise. Sounds are rendered and
scored in the same process, so that only numbers come back and no sound is written.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from omegaconf import DictConfig

from src.common.files import make_folder
from src.common.json_files import write_json
from src.common.parquet import write_parquet
from src.common.progress import Progress
from src.data import philox
from src.data.rendered.hdf5_split import HDF5Split
from src.data.rendered.task import SynthTask
from src.data.sound_files import item_name
from src.data.tasks import TASKS
from src.flow.guidance import guided_velocity
from src.flow.solver import evaluations_per_step, integrate
from src.models.conditional_flow import ConditionalFlow
from src.models.method import Sampling
from src.rendering.patches import Rendering
from src.rendering.scoring import ScoredVectors
from src.runs.command_line import hydra_command
from src.runs.device import device_of, prepare_torch
from src.runs.prediction import (
    check_sounds,
    encoded,
    load_network,
    open_split,
    run_configured,
    sampling_of,
)
from src.runs.provenance import provenance


def study(cfg: DictConfig) -> pd.DataFrame:
    """Sample a flow in several ways, render and score what comes out.

    The folder ``cfg.paths.output_dir`` receives sampling.parquet and sampling.json.

    Args:
        cfg: composed from ``configs/sampling_study.yaml`` with the overrides of the training run.

    Returns:
        A row a setting and item: ``solver``, ``steps``, ``guidance``, ``evaluations``, ``item``,
        and the metrics ``mss``, ``wmfcc``, ``sot``, ``rms``. ``evaluations`` counts calls of the
        guided velocity a sound: steps times the solver's calls a step. With a guidance other than
        1, each call evaluates the field in two rows.

    Raises:
        FileNotFoundError: a checkpoint, data set or plug-in is missing.
        ValueError: the method is no flow, a setting is unknown, or files do not go together.
    """
    make_folder(cfg.paths.output_dir)
    prepare_torch(cfg)
    settings = settings_of(cfg)
    task: SynthTask = TASKS.build(cfg.data)
    network = load_network(cfg)
    if not isinstance(network, ConditionalFlow):
        raise ValueError(
            f"the experiment's method is {type(network).__name__}, which has no solver to choose; "
            "name the experiment of a flow, cnf_param2tok or cnf_mlp"
        )
    split = open_split(cfg, task)
    rendering = Rendering.of(cfg.dataset)
    check_sounds(split.source.path, rendering)
    items = min(cfg.study.sounds, split.size)
    predicted = sample_settings(
        network, split, settings, items, cfg.evaluation.seed, device_of(cfg)
    )
    vectors = encoded(predicted, cfg.ckpt_path).reshape(-1, task.num_params)
    job = ScoredVectors(rendering, vectors, split.source.path, len(settings))
    with Progress("rendering and scoring", len(vectors), "clips") as progress:
        rows = []
        for number, scores in run_configured(cfg, job, len(vectors)):
            item, place = divmod(number, len(settings))
            rows.append(_facts(settings[place]) | {"item": item_name(item)} | scores)
            progress.advance()
    table = pd.DataFrame(rows)
    folder = Path(cfg.paths.output_dir)
    write_parquet(table, folder / "sampling.parquet")
    summary = {
        "items": items,
        "settings": len(settings),
        "ckpt_path": str(cfg.ckpt_path),
        "provenance": provenance(cfg.evaluation.seed),
    }
    write_json(folder / "sampling.json", summary)
    return table


def settings_of(cfg: DictConfig) -> list[Sampling]:
    """List the settings that are compared, each once.

    Args:
        cfg: its ``study`` node has ``solvers`` (name to numbers of steps, taken with the guidance
            of ``evaluation``) and ``guidance`` (strengths, with its solver and steps).

    Raises:
        ValueError: an unknown solver, or no step or sound.
    """
    if cfg.study.sounds < 1:
        raise ValueError(f"study.sounds: expected at least 1, got {cfg.study.sounds}")
    main = sampling_of(cfg)
    settings = [main]
    for solver, numbers in cfg.study.solvers.items():
        settings += [Sampling(steps, solver, main.guidance) for steps in numbers]
    settings += [Sampling(main.steps, main.solver, strength) for strength in cfg.study.guidance]
    return list(dict.fromkeys(settings))


@torch.inference_mode()
def sample_settings(
    flow: ConditionalFlow,
    split: HDF5Split,
    settings: list[Sampling],
    items: int,
    seed: int,
    device: torch.device,
) -> torch.Tensor:
    """Sample the first items of a split with every setting; each sound is encoded once.

    Args:
        flow: on the device.
        split: the sounds.
        settings: how to sample.
        items: number n of items.
        seed: of the noise, which is that of ``ConditionalFlow.predict``.
        device: where to compute.

    Returns:
        Parameters, not clipped, shape (n, settings, P), on the CPU.
    """
    parts = []
    with Progress("sampling", items, "sounds") as progress:
        for stored in split.first(items):
            batch = stored.to(device)
            assert batch.signal is not None
            x_0 = philox.normal(seed, "sample", batch.index, flow.vector_field.num_params)
            x_0 = x_0.to(batch.signal)
            conditioning = flow.encoder(batch.signal)
            drawn = []
            for way in settings:
                velocity = guided_velocity(flow.vector_field, conditioning, way.guidance)
                drawn.append(integrate(velocity, x_0, way.steps, way.solver))
            parts.append(torch.stack(drawn, dim=1).float().cpu())
            progress.advance(len(batch.index))
    return torch.cat(parts)


def _facts(way: Sampling) -> dict[str, Any]:
    return {
        "solver": way.solver,
        "steps": way.steps,
        "guidance": way.guidance,
        "evaluations": way.steps * evaluations_per_step(way.solver),
    }


@hydra_command("sampling_study")
def main(cfg: DictConfig) -> None:
    """Run from the command line."""
    study(cfg)


if __name__ == "__main__":
    main()
