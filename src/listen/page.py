"""Write the listening page: ``python -m src.listen.page SET_DIR… --output index.html``.

    python -m src.listen.page results/laptop/listen/vital --output results/laptop/listen/index.html

The folders are those of ``src.listen.collect``; the page refers to them by relative paths. Script
and style stand in it, and it works from a file, without a network. Names come from anybody's files
and settings: the template escapes whatever it is given, and the browser is told to run nothing
else than the page's own script.
"""

import argparse
import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError
from markupsafe import Markup

from src.common.errors import explained
from src.common.files import write_text
from src.runs.provenance import provenance

ASSETS = Path(__file__).with_name("assets")
_TYPES = {".flac": "audio/flac", ".png": "image/png"}


@dataclass(frozen=True)
class _Links:
    """How a page refers to a set's files: by relative addresses, or by holding them itself."""

    folder: Path
    root: str
    is_alone: bool

    def source(self, path: str) -> str:
        """Address of a sound or picture."""
        if not self.is_alone:
            return self.address(path)
        data = base64.b64encode(self._file(path).read_bytes()).decode("ascii")
        return f"data:{_TYPES[Path(path).suffix]};base64,{data}"

    def address(self, path: str) -> str:
        """Address of a file, relative to the page."""
        self._file(path)
        return quote(f"{self.root}/{path}")

    def _file(self, path: str) -> Path:
        """Find a file of the folder; nothing else of the disk is linked or shown."""
        file = self.folder / path
        if not file.resolve().is_relative_to(self.folder.resolve()) or not file.is_file():
            raise ValueError(
                f"{self.folder / 'items.json'}: names {path!r}, expected a file of its folder; "
                "make the folder with src.listen.collect again"
            )
        return file


def write_page(folders: Sequence[Path], output: Path, is_alone: bool = False) -> None:
    """Write a page of sets of sounds.

    Args:
        folders: as ``src.listen.collect`` writes them.
        output: the HTML file.
        is_alone: hold sounds and pictures too, without the downloads, instead of linking them.

    Raises:
        FileNotFoundError: a folder has no ``items.json``.
        ValueError: no folder is given, sets are of different scales, one is given twice, or one is
            not as ``src.listen.collect`` writes it.
    """
    sets = [read_set(folder) for folder in folders]
    scales = sorted({str(content["scale"]) for content in sets})
    if len(scales) != 1 or len({content["sounds"] for content in sets}) < len(folders):
        raise ValueError(
            "expected one set of sounds or more, each once, of one scale; got "
            f"{', '.join(map(str, folders)) or 'none'} of scale {', '.join(scales) or 'none'}"
        )
    own = {
        "style": _asset("listen.css"),
        "style_without_script": _asset("without_script.css"),
        "script": _asset("listen.js"),
    }
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(ASSETS),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    try:
        text = environment.get_template("page.html").render(
            **{name: Markup(text) for name, text in own.items()},
            policy=_policy(**own),
            scale=scales[0],
            sets=[
                _described(content, _Links(folder, _relative(folder, output), is_alone))
                for folder, content in zip(folders, sets, strict=True)
            ],
            data=_for_script(sets),
            provenance=_provenance(),
        )
    except (KeyError, UndefinedError) as error:
        raise ValueError(
            f"items.json of {', '.join(map(str, folders))}: {error}; make the folders with "
            "src.listen.collect again"
        ) from error
    write_text(output, text)


def _policy(style: str, style_without_script: str, script: str) -> str:
    """State what a browser may do with the page: show its sounds and pictures, run its script."""
    files = "'self' file: data:"  # the page itself may be a file
    styles = f"{_digest(style)} {_digest(style_without_script)}"
    return (
        f"default-src 'none'; script-src {_digest(script)}; style-src {styles}; "
        f"img-src {files}; media-src {files}; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def read_set(folder: Path) -> dict[str, Any]:
    """Read what a set's folder holds.

    Raises:
        FileNotFoundError: it has no ``items.json``.
    """
    path = folder / "items.json"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: missing; make the folder with src.listen.collect")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _relative(folder: Path, output: Path) -> str:
    return Path(os.path.relpath(folder, output.parent)).as_posix()


def _described(content: dict[str, Any], links: _Links) -> dict[str, Any]:
    """Add to a set's content what its section says of all of it."""
    items = content["items"]
    notes = [version["note"] for item in items for version in item["versions"]]
    parts = [note.split(", ") for note in notes if note is not None]
    return {
        **content,
        "links": links,
        "sampled": sum("sample" in item["reasons"] for item in items),
        "highest_khz": f"{items[0]['rate'] / 2000:g}",
        # Of how presets are played: what is the same for all, which is said once.
        "note": [part for part, *others in zip(*parts, strict=False) if {part} >= {*others}],
    }


def _for_script(sets: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Take what the script needs: items in the page's order, scores by method and metric."""
    items = []
    for content in sets:
        columns = [metric["column"] for metric in content["metrics"]]
        for item in content["items"]:
            scores = [v["scores"] for v in item["versions"] if v["scores"] is not None]
            items.append(
                {
                    "title": item["title"],
                    "duration": item["duration_s"],
                    "scores": [[values[column] for column in columns] for values in scores],
                }
            )
    directions = [[m["higher_is_better"] for m in content["metrics"]] for content in sets]
    return {"items": items, "higher_is_better": directions}


def _provenance() -> str:
    """Say which commit and which versions made the page."""
    facts = provenance()
    commit = facts["commit"]
    state = "outside a git checkout"
    if commit is not None:
        state = f"commit {commit['sha'][:12]}{', modified' if commit['modified'] else ''}"
    packages = ", ".join(f"{name} {facts['packages'][name]}" for name in ("numpy", "scipy"))
    return f"Made at {state}, Python {facts['python']}, {packages}."


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the listening page.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="SET_DIR")
    parser.add_argument("--output", type=Path, required=True, help="HTML file to write")
    parser.add_argument("--alone", type=Path, help="also write the page as a single file")
    options = parser.parse_args(argv)
    write_page(options.folders, options.output)
    if options.alone is not None:
        write_page(options.folders, options.alone, is_alone=True)
    print(options.output)


if __name__ == "__main__":
    main()
