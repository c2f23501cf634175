"""Draw several candidates for test sounds and refine the best: ``python -m src.matching.study …``.

python -m src.matching.study experiment=rendered/cnf_param2tok ckpt_path=RUN/model.ckpt \
    paths.output_dir=FOLDER

The paper takes one draw. This says what more of them gain, and a search from the best of them.
Refinement is counted in rendered patches here, not in seconds, so that it can be repeated.
"""

from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from omegaconf import DictConfig

from src.common.files import make_folder
from src.common.json_files import write_json
from src.common.parquet import write_parquet
from src.common.processes import stop_when_terminated
from src.common.progress import Progress
from src.data.rendered.hdf5_split import HDF5Split
from src.data.rendered.task import SynthTask
from src.data.sound_files import item_name
from src.data.tasks import TASKS
from src.matching.ranking import CandidateJob, StoredSounds, ranked
from src.matching.refinement import Budget, RefinementJob
from src.metrics.audio import score_pair
from src.models.method import Method, Sampling
from src.rendering.jobs import run_job
from src.rendering.patches import Rendering
from src.runs.command_line import hydra_command
from src.runs.device import device_of, prepare_torch
from src.runs.prediction import check_sounds, encoded, load_network, open_split, sampling_of
from src.runs.provenance import provenance

RANKED_BY = "mss"
_EVALUATION_S = 2.0  # longer than a patch takes to render and score


def study(cfg: DictConfig) -> pd.DataFrame:
    """Draw candidates for the first test sounds, score all, refine the best of each sound.

    The folder ``cfg.paths.output_dir`` receives best_of_n.parquet and best_of_n.json.

    Args:
        cfg: composed from ``configs/best_of_n.yaml`` with the overrides of the training run.

    Returns:
        A row a candidate, and one more a sound for the refined patch: ``item``, ``candidate``
        (number of the draw; of the refined patch, that of its start), ``refined``, ``rendered``
        (patches rendered for this row, 1 for a candidate), and the metrics. A candidate without
        sound has the scores of silence.

    Raises:
        FileNotFoundError: a checkpoint, data set or plug-in is missing.
        ValueError: a setting is not possible, or files do not go together.
    """
    wanted = cfg.best_of_n
    if min(wanted.sounds, wanted.candidates, wanted.evaluations) < 1:
        raise ValueError(f"best_of_n: expected numbers of at least 1, got {dict(wanted)}")
    make_folder(cfg.paths.output_dir)
    prepare_torch(cfg)
    task: SynthTask = TASKS.build(cfg.data)
    network, split, rendering = load_network(cfg), open_split(cfg, task), Rendering.of(cfg.dataset)
    check_sounds(split.source.path, rendering)
    items = min(wanted.sounds, split.size)
    shape = items, wanted.candidates, cfg.evaluation.seed
    drawn = draw_for_items(network, split, *shape, sampling_of(cfg), device_of(cfg))
    vectors = encoded(drawn, cfg.ckpt_path)
    rendered = _Rendered(cfg, rendering, StoredSounds(split.source.path))
    scores = rendered.scores(vectors)
    best = [ranked(list(row), RANKED_BY)[0] for row in scores]
    starts = vectors[np.arange(items), best]
    refined, counts = rendered.refined(starts, wanted.evaluations, cfg.evaluation.seed)
    after = [row[0] for row in rendered.scores(refined[:, None])]
    table = _table(scores, best, after, counts)
    _write(cfg, table, items)
    return table


@torch.inference_mode()
def draw_for_items(
    network: Method,
    split: HDF5Split,
    items: int,
    candidates: int,
    seed: int,
    sampling: Sampling,
    device: torch.device,
) -> torch.Tensor:
    """Draw candidates for the first items; candidate j is what seed + j predicts.

    Returns:
        Parameters, not clipped, shape (items, candidates, P), on the CPU.
    """
    parts = []
    with Progress("drawing", items, "sounds") as progress:
        for stored in split.first(items):
            batch = stored.to(device)
            drawn = [network.predict(batch, seed + j, sampling) for j in range(candidates)]
            parts.append(torch.stack(drawn, dim=1).float().cpu())
            progress.advance(len(batch.index))
    return torch.cat(parts)


class _Rendered:
    """Patches of the test sounds, rendered in processes of their own."""

    def __init__(self, cfg: DictConfig, rendering: Rendering, targets: StoredSounds) -> None:
        self.rendering, self.targets = rendering, targets
        self.workers, self.seed = cfg.workers, cfg.evaluation.seed
        self.timeout_s = float(cfg.dataset.rendering.timeout_s)

    def scores(self, vectors: NDArray[np.float32]) -> list[list[dict[str, float]]]:
        """Score candidates, shape (items, ways, P), against the sounds of their items."""
        items, ways, width = vectors.shape
        flat = vectors.reshape(-1, width)
        job = CandidateJob(self.rendering, flat, self.targets, ways)
        found: list[list[dict[str, float]]] = [[] for _ in range(items)]
        with Progress("rendering and scoring", len(flat), "patches") as progress:
            results = run_job(job, len(flat), self.rendering, self.workers, self.timeout_s)
            for number, scores in results:
                item = number // ways
                found[item].append(self._silence(item) if scores is None else scores)
                progress.advance()
        return found

    def refined(
        self, starts: NDArray[np.float32], evaluations: int, seed: int
    ) -> tuple[NDArray[np.float32], list[int]]:
        """Refine a patch an item; tell how many patches were rendered for each."""
        budget = Budget(evaluations=evaluations)
        job = RefinementJob(self.rendering, starts, self.targets, budget, seed)
        timeout_s = self.timeout_s + _EVALUATION_S * evaluations
        vectors, counts = starts.copy(), [0] * len(starts)
        with Progress("refining", len(starts), "patches") as progress:
            results = run_job(job, len(starts), self.rendering, self.workers, timeout_s)
            for item, result in results:
                if result is not None:
                    vectors[item], counts[item] = result.vector, result.evaluations
                progress.advance()
        return vectors, counts

    def _silence(self, item: int) -> dict[str, float]:
        target = self.targets.sound(item)
        return score_pair(target, np.zeros_like(target), self.rendering.sample_rate)


def _table(
    scores: list[list[dict[str, float]]],
    best: list[int],
    after: list[dict[str, float]],
    counts: list[int],
) -> pd.DataFrame:
    """List all rows; a refined patch that is no better when rendered afresh is not kept."""
    rows: list[dict[str, Any]] = []
    for item, (candidates, start) in enumerate(zip(scores, best, strict=True)):
        name = item_name(item)
        for number, found in enumerate(candidates):
            facts = {"item": name, "candidate": number, "refined": False, "rendered": 1}
            rows.append(facts | found)
        pair: list[dict[str, float] | None] = [candidates[start], after[item]]
        kept = pair[ranked(pair, RANKED_BY)[0]]
        facts = {"item": name, "candidate": start, "refined": True, "rendered": counts[item]}
        rows.append(facts | (kept or {}))
    return pd.DataFrame(rows)


def _write(cfg: DictConfig, table: pd.DataFrame, items: int) -> None:
    path = f"{cfg.paths.output_dir}/best_of_n"
    write_parquet(table, f"{path}.parquet")
    summary = {
        "items": items,
        "candidates": int(cfg.best_of_n.candidates),
        "evaluations": int(cfg.best_of_n.evaluations),
        "ranked_by": RANKED_BY,
        "ckpt_path": cfg.ckpt_path and str(cfg.ckpt_path),
        "provenance": provenance(cfg.evaluation.seed),
    }
    write_json(f"{path}.json", summary)


@hydra_command("best_of_n")
def main(cfg: DictConfig) -> None:
    """Run from the command line."""
    stop_when_terminated()
    study(cfg)


if __name__ == "__main__":
    main()
