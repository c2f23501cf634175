"""Where a result comes from: versions, commit, seed and machine, written beside it."""

import datetime
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from src.common.project import ROOT

PACKAGES = (
    "torch",
    "lightning",
    "torchmetrics",
    "hydra-core",
    "numpy",
    "scipy",
    "pandas",
    "snakemake",
)


def provenance(seed: int | None = None) -> dict[str, Any]:
    """Describe this process well enough to repeat what it does.

    Args:
        seed: the run's seed.

    Returns:
        JSON-ready facts: time, command, seed, commit, versions of packages, hardware.
    """
    return {
        "made_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "commit": commit(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "hardware": {
            "machine": platform.machine(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": platform.platform(terse=True),
        },
    }


def commit() -> dict[str, Any] | None:
    """Name the project's commit.

    Returns:
        ``sha``, and ``modified``, whether tracked files differ from it; None outside a git
        checkout.
    """
    try:
        sha = _git("rev-parse", "HEAD")
        return {"sha": sha, "modified": bool(_git("status", "--porcelain", "-uno"))}
    except (OSError, subprocess.CalledProcessError):
        return None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _processor() -> str:
    """Name the processor model, which the standard library does not tell on Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
