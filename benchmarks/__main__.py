"""Run every benchmark, one after the other: ``python -m benchmarks``."""

import pkgutil
import subprocess
import sys
from pathlib import Path

LIBRARY = {"__main__", "timing", "same_scores"}  # nothing that is timed


def main() -> int:
    """Run them in processes of their own, so that none warms another up."""
    failed = []
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name in LIBRARY:
            continue
        print(f"\n== python -m benchmarks.{module.name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{module.name}"], check=False)
        if done.returncode:
            failed.append(module.name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
