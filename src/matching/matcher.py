"""Match sounds: draw candidates, render and rank them, refine the best, keep a preset."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.common.names import shown
from src.common.progress import Progress
from src.data.sound_files import whole_folder
from src.matching import advice
from src.matching.candidates import Yardstick, draw_candidates, try_drawing
from src.matching.model import Model
from src.matching.outputs import (
    MATCH_FILES,
    Played,
    PresetJob,
    patch_facts,
    write_json,
    write_sounds,
)
from src.matching.ranking import CandidateJob, GivenSound, ranked
from src.matching.refinement import Budget, Refined, RefinementJob
from src.matching.target import LEVEL, Target
from src.metrics.audio_names import HIGHER_IS_BETTER, METRICS
from src.rendering.jobs import run_job
from src.runs.provenance import provenance

logger = logging.getLogger(__name__)

# What a machine can hold: all candidates lie in memory, each process holds a synthesizer.
_LIMITS = {"candidates": (1, 10**6), "workers": (1, 1024), "seed": (0, 2**32 - 1)}
_TIMED = 8  # patches that are scored to measure the time of one


@dataclass(frozen=True)
class Settings:
    """How sounds are matched.

    Attributes:
        candidates: drawn for each sound.
        seed: of the candidates, and of the refinement.
        refine_s: seconds of refinement for each sound, 0 for none.
        metric: ranks the candidates.
        workers: processes that render.
    """

    candidates: int = 64
    seed: int = 0
    refine_s: float = 0.0
    metric: str = "mss"
    workers: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be done, before any work."""
        for name, (least, most) in _LIMITS.items():
            if not least <= (value := getattr(self, name)) <= most:
                limits = f"{least} or more, at most {most}"
                raise ValueError(f"--{name}: expected {limits}, got {value}")
        if not 0 <= self.refine_s < float("inf"):
            raise ValueError(f"--refine: expected seconds, 0 for none, got {self.refine_s:g}")
        if self.metric not in METRICS:
            raise ValueError(f"--metric: unknown {self.metric!r}; known: {', '.join(METRICS)}")


def estimate(model: Model, settings: Settings) -> tuple[float, int]:
    """Estimate how long one sound takes, from short trials of model and synthesizer.

    Returns:
        Seconds for drawing, rendering, scoring, refining and writing; and how many candidates
        there will be.

    Raises:
        GaveUp: the synthesizer does not start.
    """
    drawing_s, count = try_drawing(model, settings.candidates)
    # The first process reads files from disk that later ones find in memory: its start is left out.
    alone = _try_scoring(model, 1 + _TIMED, 1)
    each_s = (alone[-1] - alone[0]) / _TIMED
    start_s = _try_scoring(model, settings.workers, settings.workers)[-1]
    scoring_s = start_s + each_s * max(0, count / settings.workers - 1)
    refining_s = settings.refine_s + start_s if settings.refine_s else 0.0
    return drawing_s + scoring_s + refining_s + start_s, count


def _try_scoring(model: Model, patches: int, workers: int) -> list[float]:
    """Score some patches; seconds until each was scored."""
    rng = np.random.default_rng(0)
    vectors = np.stack([model.table.draw(rng) for _ in range(patches)])
    silence = np.zeros((model.rendering.channels, model.rendering.samples), dtype=np.float32)
    job = CandidateJob(model.rendering, vectors, GivenSound(silence), ways=patches)
    started = time.perf_counter()
    results = run_job(job, patches, model.rendering, workers, model.timeout_s)
    return [time.perf_counter() - started for _ in results]


def match_sound(model: Model, target: Target, settings: Settings, folder: Path) -> dict[str, Any]:
    """Match one sound.

    Args:
        model: what draws candidates.
        target: the sound.
        settings: how to match.
        folder: receives the preset, patch.json, match.wav, target.wav, spectrograms.png and
            scores.json; it appears when all are there.

    Returns:
        What scores.json holds.

    Raises:
        FileNotFoundError: the plug-in is missing.
        ValueError: no candidate makes a sound, or the folder holds anything else than a match.
    """
    started = time.perf_counter()
    vectors = draw_candidates(model, target.sound, settings.candidates, settings.seed)
    scores = _score(model, target, vectors, settings.workers)
    order = ranked(scores, settings.metric)
    if scores[order[0]] is None:
        raise ValueError(
            f"{shown(target.path)}: none of {len(vectors)} candidates makes a sound; try "
            "another --seed or more --candidates"
        )
    refined = _refine(model, target, vectors, [i for i in order if scores[i]], settings)
    found = [vectors[order[0]], *(result.vector for result in refined)]
    with whole_folder(folder, MATCH_FILES) as new:
        is_longer = advice.goes_on(
            target.sound, model.rendering.sample_rate, advice.longest_note_s(model.table)
        )
        played = _play(model, target, np.stack(found), new, settings.workers, is_longer)
        heard = [None if one is None else one.scores for one in played]
        best = ranked(heard, settings.metric)[0]
        chosen = played[best]
        if chosen is None:
            raise ValueError(
                f"{shown(target.path)}: the best candidate made no sound when it was rendered again"
            )
        _keep_preset(new, played, chosen)
        write_json(
            new / "patch.json", patch_facts(model.table, found[best], chosen, model.rendering)
        )
        write_sounds(new, target.sound, chosen.sound, model.rendering.sample_rate)
        yardstick = Yardstick.beside(model.path, len(vectors), settings.metric)
        remarks = [
            *advice.on_length(model.table, is_longer, chosen),
            *advice.on_level(chosen),
            *advice.on_distance(yardstick, model.table, chosen),
        ]
        for remark in remarks:
            logger.info("%s: %s", shown(target.path.name), remark)
        report = {
            "sound": shown(target.path),
            "remarks": [*target.remarks, *remarks, LEVEL],
            "ranked_by": settings.metric,
            "higher_is_better": sorted(HIGHER_IS_BETTER),
            "match": {"from": "refinement" if best else "candidates", **chosen.scores},
            "unrefined": heard[0],
            "test_sounds": None if yardstick is None else asdict(yardstick),
            "refinement": _refinement_facts(refined, settings),
            "candidates": [
                {"rank": rank, "draw": number, "has_sound": scores[number] is not None}
                | (scores[number] or dict.fromkeys(METRICS))
                for rank, number in enumerate(order, start=1)
            ],
            "seconds": time.perf_counter() - started,
            "model": model.facts,
            "provenance": provenance(settings.seed),
        }
        write_json(new / "scores.json", report)
    return report


def _score(
    model: Model, target: Target, vectors: NDArray[np.float32], workers: int
) -> list[dict[str, float] | None]:
    job = CandidateJob(model.rendering, vectors, GivenSound(target.sound), ways=len(vectors))
    results = run_job(job, len(vectors), model.rendering, workers, model.timeout_s)
    scores = []
    unit = "patch" if len(vectors) == 1 else "patches"
    with Progress(f"{shown(target.path.name)}: candidates", len(vectors), unit) as progress:
        for _, found in results:
            scores.append(found)
            progress.advance()
    return scores


def _refine(
    model: Model,
    target: Target,
    vectors: NDArray[np.float32],
    order: list[int],
    settings: Settings,
) -> list[Refined]:
    """Refine the best candidates, one a process; each has all the time there is."""
    if settings.refine_s == 0:
        return []
    starts = vectors[order[: settings.workers]]
    budget = Budget(seconds=settings.refine_s)
    given = GivenSound(target.sound)
    job = RefinementJob(model.rendering, starts, given, budget, settings.seed)
    timeout_s = settings.refine_s + model.timeout_s
    title = f"{shown(target.path.name)}: refining {len(starts)} of the candidates"
    with _clock(title, settings.refine_s):
        results = run_job(job, len(starts), model.rendering, settings.workers, timeout_s)
        found = [result for _, result in results]
    return [result for result in found if result is not None]


@contextmanager
def _clock(title: str, seconds: float) -> Iterator[None]:
    """Show the progress of what ends by the clock."""
    total, is_over = math.ceil(seconds), threading.Event()
    with Progress(title, total, "seconds") as progress:

        def tick() -> None:
            while progress.done < total and not is_over.wait(1.0):
                progress.advance()

        thread = threading.Thread(target=tick, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


def _play(
    model: Model,
    target: Target,
    vectors: NDArray[np.float32],
    folder: Path,
    workers: int,
    may_hold: bool,
) -> list[Played | None]:
    job = PresetJob(model.rendering, vectors, target.sound, folder, may_hold)
    results = run_job(job, len(vectors), model.rendering, workers, model.timeout_s)
    return [played for _, played in results]


def _keep_preset(folder: Path, played: list[Played | None], chosen: Played) -> None:
    """Name the chosen preset ``match`` and drop the others."""
    for other in played:
        if other is not None and other is not chosen:
            (folder / other.preset).unlink()
    preset = folder / chosen.preset
    preset.rename(preset.with_stem("match"))


def _refinement_facts(refined: list[Refined], settings: Settings) -> dict[str, Any] | None:
    if settings.refine_s == 0:
        return None
    return {
        "method": "CMA-ES",
        "objective": "mss",
        "seconds": settings.refine_s,
        "searches": [
            {"start": one.start, "end": one.objective, "evaluations": one.evaluations}
            for one in refined
        ],
    }
