"""A copy of the repository in which tests may run the workflow and change files."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["Snakefile", "environment.yml", "configs", "profiles", "src", "workflow"]


class Repository:
    """The files that the workflow consists of, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def copied_to(cls, folder: Path, origin: Path = ROOT) -> "Repository":
        """Copy the working tree's workflow and code."""
        folder.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            source = origin / part
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, folder / part, ignore=ignored)
            else:
                shutil.copy(source, folder / part)
        return cls(folder)

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Snakemake, whatever comes of it."""
        return subprocess.run(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def made(self, *targets: str, scale: str = "smoke") -> str:
        """Make targets on all cores and return what Snakemake output."""
        result = self.snakemake("--cores", "all", *targets, "--config", f"scale={scale}")
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    def started(self, start: str, *arguments: str) -> str:
        """Run a tier and return what Snakemake output."""
        result = self.snakemake(*arguments, "--config", "scale=smoke", f"start={start}")
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    def tables(self, start: str) -> dict[str, bytes]:
        """Read the tables of a tier ("" where all was made from nothing), but the one of times."""
        found = (self.folder / "results" / start / "smoke/tables").glob("*.*")
        tables = [path for path in found if path.suffix in (".csv", ".md", ".tex")]
        return {path.name: path.read_bytes() for path in tables if path.stem != "benchmarks"}

    def planned(self, *targets: str, scale: str = "smoke") -> dict[str, int]:
        """Count the jobs of each rule that Snakemake would run for some targets."""
        result = self.snakemake("--dry-run", *targets, "--config", f"scale={scale}")
        assert result.returncode == 0, result.stdout + result.stderr
        output = result.stdout + result.stderr
        jobs = dict(re.findall(r"^(\w+) +(\d+)$", output, flags=re.MULTILINE))
        assert jobs or "Nothing to be done" in output, output
        return {rule: int(count) for rule, count in jobs.items() if rule != "total"}

    def refusal(self, *arguments: str) -> str:
        """Return the message with which a dry run is refused: a sentence, and no traceback."""
        result = self.snakemake("--dry-run", *arguments)
        output = result.stdout + result.stderr
        assert result.returncode == 1, "accepted: " + " ".join(arguments)
        assert not re.search(r"Traceback|  File |Exception| in rule | in file ", output), output
        return output

    def without_synthesizers(self) -> None:
        """Leave rendered tasks out of `all`, for tests of the graph of the toy tasks."""
        self.edit("configs/workflow.yaml", "tasks: [kosc, vital]", "tasks: [kosc]")

    def compare(self, task: str, *methods: str) -> None:
        """Compare some methods only on a task."""
        text = (self.folder / "configs/workflow.yaml").read_text(encoding="utf-8")
        (line,) = re.findall(rf"^  {task}: {{.*}}$", text, flags=re.MULTILINE)
        chosen = f", methods: [{', '.join(methods)}]}}"
        self.edit("configs/workflow.yaml", line, line.removesuffix("}") + chosen)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text that occurs once in a file."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {path}"
        file.write_text(text.replace(old, new), encoding="utf-8")
