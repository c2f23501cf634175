"""What a figure's files say of themselves, as metadata of PDF and PNG: where they come from.

A picture outlives the folder that it was drawn in. In it stand therefore what it rests on, the
commit, the command, and digests of the code and of every file read; `src.analysis.origin` prints
them and compares them with what is there now. No date and no path of a machine are among them:
equal input gives equal files.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from src.analysis.evidence import Evidence
from src.common.checksums import digest_of
from src.common.project import ROOT
from src.common.terminal import printable
from src.runs import dependence
from src.runs.provenance import commit

ENTRY = "Keywords"  # of the metadata, that holds the record; PDF allows no names of one's own
NEAR_FIGURE = ("./", "../")  # how paths start that are relative to the figure's folder


@dataclass(frozen=True)
class Record:
    """Where a figure comes from.

    Attributes:
        target: path of the PDF.
        evidence: scale, items, seeds and steps that it rests on.
        commit: of the project, and whether files differed from it; None outside a checkout.
        command: words that draw it.
        code: digest of all code that the command runs.
        inputs: SHA-256 digest of every file read, by path.
    """

    target: str
    evidence: Evidence
    commit: dict[str, Any] | None
    command: tuple[str, ...]
    code: str
    inputs: dict[str, str]

    @classmethod
    def of(
        cls,
        output: Path,
        evidence: Evidence,
        module: str,
        words: Sequence[str],
        inputs: Iterable[Path],
    ) -> Self:
        """Take down where a figure comes from that is drawn now.

        Args:
            output: the PDF.
            evidence: what it rests on.
            module: of the command.
            words: of the command line after the module.
            inputs: files read.
        """
        return cls(
            target=portable(output, output),
            evidence=evidence,
            commit=commit(),
            command=("python", "-m", module, *(_portable_word(word, output) for word in words)),
            code=dependence.digest(module),
            inputs={portable(path, output): digest_of(path) for path in inputs},
        )

    def metadata(self, **more: str) -> dict[str, str]:
        """Give the entries of a file's metadata: title and subject to read, the rest as JSON.

        Args:
            more: further entries of the JSON.
        """
        evidence = self.evidence
        content = {
            "target": self.target,
            "scale": evidence.scale,
            "items": evidence.items,
            "unit": evidence.unit,
            "seeds": evidence.seeds,
            "steps": evidence.steps,
            "commit": self.commit,
            "command": self.command,
            "code": self.code,
            "inputs": dict(sorted(self.inputs.items())),
        }
        return {
            "Title": printable(self.target),
            "Subject": printable(evidence.text),
            ENTRY: json.dumps({**content, **more}),
        }


def portable(path: Path, figure: Path) -> str:
    """Name a file without naming the machine.

    Returns:
        The path from the working folder or the project's, if the file lies there; else from the
        figure's folder, starting with ./ or ../.
    """
    absolute = path.absolute()
    for folder in (Path.cwd(), ROOT):
        if absolute.is_relative_to(folder) and ".." not in absolute.parts:
            return absolute.relative_to(folder).as_posix()
    found = Path(os.path.relpath(absolute, figure.absolute().parent)).as_posix()
    return found if found.startswith(NEAR_FIGURE) else f"./{found}"


def _portable_word(word: str, figure: Path) -> str:
    option, equals, value = word.rpartition("=") if word.startswith("--") else ("", "", word)
    if not value.startswith(("/", *NEAR_FIGURE)):
        return word
    return f"{option}{equals}{portable(Path(value), figure)}"
