"""Made-up sounds of a few methods, laid out as runs of Vital are."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from src.data.sound_files import item_name, write_wav
from src.synths.definition import load_definition

RATE, DURATION_S, ITEMS = 16_000, 3.0, 5
METHODS = ("cnf_param2tok", "ast", "random")
TABLE = load_definition("vital", "small", DURATION_S).table


def tone(hertz: float, amplitude: float = 0.1, duration_s: float = DURATION_S) -> np.ndarray:
    """A sine, shape (1, samples)."""
    time = np.arange(round(duration_s * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[None]


def mss_of(method: str, item: int) -> float:
    """An error that orders the items differently for each method."""
    return float((3 * item + 1) % ITEMS + 10 * METHODS.index(method))


def write_study(root: Path) -> Path:
    """Write targets, a test split and runs below a folder; return results/smoke."""
    scale = root / "results" / "smoke"
    folder = scale / "vital"
    rng = np.random.default_rng(0)
    vectors = np.stack([TABLE.draw(rng) for _ in range(ITEMS)])
    (folder / "data").mkdir(parents=True)
    with h5py.File(folder / "data" / "test.h5", "w") as file:
        file.attrs.update(synth="vital", table="small", table_digest=TABLE.digest)
        file["param_array"] = vectors
        file["audio"] = np.zeros((ITEMS, 1, 8), dtype=np.float16)
        file["audio"].attrs.update(sample_rate=RATE, signal_duration_seconds=DURATION_S)
    _write_sounds(folder / "targets", 220.0, 0.1)
    for number, method in enumerate(METHODS):
        run = folder / method / "seed0"
        _write_sounds(run / "sounds", 330.0 + 110 * number, 0.02 * (number + 1))
        patches = pd.DataFrame(vectors[::-1], columns=TABLE.columns)
        patches.insert(0, "item", range(ITEMS))
        patches.insert(1, "rendered", [True] * (ITEMS - 1) + [False])
        patches.to_parquet(run / "patches.parquet")
        _scores(method).to_parquet(run / "scores.parquet")
    return scale


def runs_of(scale: Path) -> list[str]:
    """List the run folders."""
    return [str(scale / "vital" / method / "seed0") for method in METHODS]


def _write_sounds(folder: Path, hertz: float, amplitude: float) -> None:
    folder.mkdir(parents=True)
    for item in range(ITEMS):
        write_wav(folder / f"{item_name(item)}.wav", tone(hertz + item, amplitude), RATE)


def _scores(method: str) -> pd.DataFrame:
    mss = np.array([mss_of(method, item) for item in range(ITEMS)])
    return pd.DataFrame(
        {
            "item": [item_name(item) for item in range(ITEMS)],
            "mss": mss,
            "wmfcc": mss,
            "sot": mss / 100,
            "rms": 1 - mss / 100,
            "target_silent": False,
            "predicted_silent": False,
        }
    )
