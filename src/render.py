"""Render a data set's shards: ``python -m src.render dataset=vital split=train shard=0``."""

import sys
from pathlib import Path

if not __package__:  # run as `python src/render.py`: the folder above src holds the package
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import itertools
import json
import logging
from collections import Counter
from contextlib import closing, suppress

from omegaconf import DictConfig

from src.common.files import check_place, write_text
from src.common.processes import stop_when_terminated
from src.common.progress import Progress
from src.data.rendered.shards import ShardWriter
from src.rendering.patches import SPLITS, DatasetJob, Rendering, attributes_of, blocks_of
from src.rendering.pool import Incident, WorkerPool
from src.runs.command_line import hydra_command

logger = logging.getLogger(__name__)


def render_shard(cfg: DictConfig) -> None:
    """Render one shard of a split; the file appears whole, with what went wrong beside it.

    Args:
        cfg: composed from ``configs/render.yaml``.

    Raises:
        ValueError: the split or the shard does not exist.
        GaveUp: an item stayed silent, or the synthesizer does not start.
    """
    check_place(cfg.output)
    rendering, split = Rendering.of(cfg.dataset), cfg.split
    items = shard_items(cfg)
    incidents: list[Incident] = []
    settings = cfg.dataset.rendering
    pool = WorkerPool(
        DatasetJob(rendering, cfg.dataset.name, split, cfg.dataset.seed),
        workers=cfg.workers,
        timeout_s=settings.timeout_s,
        max_attempts=settings.max_attempts,
        fresh_blocks=rendering.definition().fresh_every > 0,
        on_incident=incidents.append,
    )
    stored = split in cfg.dataset.store_audio
    with (
        closing(pool.run(blocks_of(items, rendering))) as results,
        Progress(f"{cfg.dataset.name} {split}", len(items), "clips") as progress,
    ):
        patches = (patch for _, patch in results)
        first = next(patches)  # tells the synthesizer's version
        with _writer(cfg, rendering, items, first.version) as shard:
            for patch in itertools.chain([first], patches):
                row = {"mel_spec": patch.mel, "param_array": patch.params}
                shard.append(**row, **({"audio": patch.audio} if stored else {}))
                progress.advance()
    _record(Path(cfg.output), incidents)


def shard_items(cfg: DictConfig) -> range:
    """Return the numbers of a shard's items within the split."""
    sizes, size = dict(cfg.dataset.sizes), cfg.dataset.shard_size
    if cfg.split not in SPLITS:
        raise ValueError(f"split: unknown {cfg.split!r}; known: {', '.join(SPLITS)}")
    start = cfg.shard * size
    if not 0 <= start < sizes[cfg.split]:
        last = (sizes[cfg.split] - 1) // size
        raise ValueError(f"shard: {cfg.split} has the shards 0 to {last}, got {cfg.shard}")
    return range(start, min(start + size, sizes[cfg.split]))


def _writer(cfg: DictConfig, rendering: Rendering, items: range, version: str) -> ShardWriter:
    attributes = attributes_of(rendering, version)
    return ShardWriter(
        cfg.output,
        len(items),
        mel_shape=rendering.mel_shape,
        num_params=rendering.definition().table.width,
        audio_shape=(rendering.channels, rendering.samples),
        store_audio=cfg.split in cfg.dataset.store_audio,
        attributes=attributes["audio"],
        root_attributes={
            **attributes["root"],
            "dataset": cfg.dataset.name,
            "split": cfg.split,
            "seed": cfg.dataset.seed,
        },
        first=items.start,
    )


def _record(output: Path, incidents: list[Incident]) -> None:
    """Write down which attempts gave nothing, and why."""
    kinds = Counter(incident.reason.split(":")[0] for incident in incidents)
    summary = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "none"
    logger.info("drawn again: %s", summary)
    lines = [json.dumps(vars(incident)) for incident in incidents]
    write_text(output.with_suffix(".incidents.jsonl"), "".join(f"{line}\n" for line in lines))


@hydra_command("render", of_experiment=False)
def main(cfg: DictConfig) -> None:
    """Run from the command line."""
    stop_when_terminated()
    with suppress(KeyboardInterrupt):
        render_shard(cfg)
        return
    raise SystemExit(130)


if __name__ == "__main__":
    main()
