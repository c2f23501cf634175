"""Where a figure comes from, and whether it is what the present code would draw.

    python -m src.analysis.origin figures/lsd.pdf

Prints what stands in the metadata of a PDF or PNG that one of the figure commands has written, and
compares the digests in it with the present code, settings and scores. Nothing is drawn.
"""

import io
import json
import re
import shlex
import struct
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
from PIL import Image

from src.analysis.evidence import Evidence
from src.analysis.figures.record import ENTRY, NEAR_FIGURE, Record
from src.common.checksums import digest_of
from src.common.errors import explained
from src.common.project import ROOT
from src.common.seals import is_sealed, read_sealed
from src.common.terminal import printable
from src.runs import dependence

AGAIN = "draw it again"
SAME, CHANGED, MISSING = "as it was", "changed since", "not found"

_COUNT = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}
_SPAN = {"type": ["array", "null"], "items": _COUNT, "minItems": 2, "maxItems": 2}
_FORM = {
    "target": _TEXT,
    "scale": _TEXT,
    "items": _SPAN,
    "unit": _TEXT,
    "seeds": {"type": "array", "items": _COUNT},
    "steps": _SPAN,
    "commit": {
        "type": ["object", "null"],
        "properties": {"sha": _TEXT, "modified": {"type": "boolean"}},
        "required": ["sha", "modified"],
    },
    "command": {"type": "array", "items": _TEXT, "minItems": 3},
    "code": _TEXT,
    "inputs": {"type": "object", "additionalProperties": _TEXT},
}
_CHECK = jsonschema.Draft202012Validator(
    {"type": "object", "properties": _FORM, "required": list(_FORM)}
)
# As matplotlib writes a text: parentheses and backslashes within stand behind a backslash.
_IN_PDF = re.compile(rb"/%b \(((?:[^\\()]|\\.)*)\)" % ENTRY.encode(), re.DOTALL)
_MODULE = re.compile(r"src\.analysis\.figures\.\w+")


def read_record(path: Path) -> Record:
    """Read where a figure comes from.

    Args:
        path: a PDF or PNG.

    Returns:
        What `src.analysis.figures.record.Record` took down.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, neither PDF nor PNG, or holds no record.
    """
    content = read_sealed(path, AGAIN)
    if content.startswith(b"%PDF-"):
        text = _text_of_pdf(path, content)
    elif content.startswith(b"\x89PNG"):
        text = _text_of_png(path, content)
    else:
        raise ValueError(f"{path}: expected a PDF or a PNG; name a figure")
    try:
        found = json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not _CHECK.is_valid(found):
        raise ValueError(
            f"{path}: does not say where it comes from; name a file that a command of "
            f"src/analysis/figures has written, or {AGAIN}"
        )
    return _record(found)


def report(path: Path) -> list[str]:
    """Tell where a figure comes from and what has changed since, a line a fact.

    Args:
        path: a PDF or PNG; for errors see `read_record`.
    """
    record = read_record(path)
    commit, inputs = record.commit, record.inputs
    changes = " with changes" if commit and commit["modified"] else ""
    code = _state_of_code(record)
    states = {name: _state_of_input(name, digest, path) for name, digest in inputs.items()}
    found = [
        f"target: {record.target}",
        f"rests on: {record.evidence.text}",
        f"commit: {commit['sha'] + changes if commit else 'drawn outside a git checkout'}",
        f"command: {shlex.join(record.command)}",
        f"code: {record.code}, {code}",
        *(f"input: {name}, {inputs[name][:16]}, {state}" for name, state in states.items()),
    ]
    other = [] if code == SAME else [f"code {code}"]
    other += [f"{name} {state}" for name, state in states.items() if state != SAME]
    if other:
        found.append(f"The present code may draw another picture: {'; '.join(other)}.")
    else:
        found.append("This is what the present code draws from the present inputs.")
    return [_on_one_line(line) for line in found]


def _text_of_pdf(path: Path, content: bytes) -> str | None:
    if not content.rstrip().endswith(b"%%EOF"):
        raise ValueError(f"{path}: damaged, the end of the PDF is missing; {AGAIN}")
    match = _IN_PDF.search(content)
    if match is None or not is_sealed(content):
        return None
    return re.sub(rb"\\(.)", rb"\1", match[1]).decode("ascii", errors="replace")


def _text_of_png(path: Path, content: bytes) -> str | None:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            text = image.info.get(ENTRY)
            image.verify()
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: damaged, or no picture that can be read; {AGAIN}") from error
    return text if isinstance(text, str) else None


def _record(content: dict[str, Any]) -> Record:
    def span(name: str) -> tuple[int, int] | None:
        return None if content[name] is None else (content[name][0], content[name][1])

    seeds, unit = tuple(content["seeds"]), content["unit"]
    evidence = Evidence(content["scale"], seeds, span("items"), unit, span("steps"))
    command, code = tuple(content["command"]), content["code"]
    return Record(content["target"], evidence, content["commit"], command, code, content["inputs"])


def _state_of_code(record: Record) -> str:
    module = record.command[2]
    try:
        known = _MODULE.fullmatch(module) is not None and dependence.digest(module)
    except ValueError:
        known = False
    return MISSING if not known else SAME if known == record.code else CHANGED


def _state_of_input(name: str, digest: str, figure: Path) -> str:
    near = name.startswith(NEAR_FIGURE)
    places = [figure.parent] if near else [Path.cwd(), ROOT]
    found = [folder / name for folder in places if (folder / name).is_file()]
    if not found:
        return MISSING
    return SAME if any(digest_of(path) == digest for path in found) else CHANGED


def _on_one_line(text: str) -> str:
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = ArgumentParser(description="Say where a figure comes from, and whether it is current.")
    parser.add_argument("figure", type=Path, metavar="FILE", help="PDF or PNG of a figure")
    print("\n".join(report(parser.parse_args(argv).figure)))


if __name__ == "__main__":
    main()
