"""Write the listening page: ``python -m src.listen.page SET_DIR… --output index.html``.

    python -m src.listen.page results/laptop/listen/vital --output results/laptop/listen/index.html

The folders are those of ``src.listen.collect``; the page refers to them by relative paths. Script
and style are written beside it. It works from a file, without a network.
"""

import argparse
import base64
import json
import os
import string
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from src.common.errors import explained
from src.common.files import write_text
from src.runs.provenance import provenance

ASSETS = Path(__file__).with_name("assets")
STYLE, SCRIPT = "listen.css", "listen.js"
_KEYS = 9  # versions that a key chooses
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
        data = base64.b64encode((self.folder / path).read_bytes()).decode("ascii")
        return f"data:{_TYPES[Path(path).suffix]};base64,{data}"

    def address(self, path: str) -> str:
        """Address of a file, relative to the page."""
        return escape(quote(f"{self.root}/{path}"))


def write_page(folders: Sequence[Path], output: Path) -> None:
    """Write a page of sets of sounds, with its script and style beside it.

    Args:
        folders: as ``src.listen.collect`` writes them.
        output: the HTML file.

    Raises:
        FileNotFoundError: a folder has no ``items.json``.
        ValueError: no folder is given, sets are of different scales, or one is given twice.
    """
    for name in (STYLE, SCRIPT):
        write_text(output.with_name(name), _asset(name))
    head = f'<link rel="stylesheet" href="{STYLE}">\n<script src="{SCRIPT}" defer></script>'
    write_text(output, _page(folders, output, head, is_alone=False))


def write_alone(folders: Sequence[Path], output: Path) -> None:
    """Write the page as a single file that holds all but the downloads; else as ``write_page``."""
    head = f"<style>\n{_asset(STYLE)}</style>"
    page = _page(folders, output, head, is_alone=True)
    script = f"<script>\n{_asset(SCRIPT)}</script>\n</body>"
    write_text(output, script.join(page.rsplit("</body>", 1)))


def _page(folders: Sequence[Path], output: Path, head: str, is_alone: bool) -> str:
    sets = [read_set(folder) for folder in folders]
    scales = sorted({content["scale"] for content in sets})
    if len(scales) != 1 or len({content["sounds"] for content in sets}) < len(folders):
        raise ValueError(
            "expected one set of sounds or more, each once, of one scale; got "
            f"{', '.join(map(str, folders)) or 'none'} of scale {', '.join(scales) or 'none'}"
        )
    links = [_Links(folder, _relative(folder, output), is_alone) for folder in folders]
    return string.Template(_asset("page.html")).substitute(
        head=head,
        scale=escape(scales[0]),
        links="\n".join(
            f'<a href="#{escape(content["sounds"])}">{escape(content["label"])}</a>'
            for content in sets
        ),
        sections="\n".join(map(_section, links, sets)),
        provenance=escape(_provenance()),
    )


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


def _section(links: _Links, content: dict[str, Any]) -> str:
    items = content["items"]
    methods = [v for v in items[0]["versions"] if v["scores"] is not None]
    metrics = content["metrics"]
    sampled = sum("sample" in item["reasons"] for item in items)
    options = "".join(
        f'<option value="{escape(m["column"])}" data-higher="{json.dumps(m["higher_is_better"])}">'
        f"{escape(m['name'])}</option>"
        for m in metrics
    )
    of = "".join(f'<option value="{v["name"]}">{escape(v["label"])}</option>' for v in methods)
    key = escape(content["sounds"])
    articles = [_item(links, content, place) for place in range(len(items))]
    return f"""<section class="set" id="{key}" aria-labelledby="{key}-heading">
<h2 id="{key}-heading">{escape(content["label"])}</h2>
<p>{sampled} of {content["n"]} test sounds drawn by chance (seed {content["seed"]}), and the best,
median and worst by the MSS of {escape(content["chosen_by"])}.
Synthesizer: {escape(content["synth"])}.
Spectrograms: time from left to right, frequency on the mel scale upwards to
{items[0]["rate"] / 2000:g} kHz, 80 dB from light to dark.</p>
<p>{_legend(metrics)}</p>
<div class="sort">
<label>Sort by <select><option value="">order of choice</option>{options}</select></label>
<label>of <select disabled>{of}</select></label>
<label>beginning with the <select disabled>
<option>best</option><option>worst</option></select></label>
<span class="hidden" role="status"></span>
</div>
<div class="items">
{chr(10).join(articles)}
</div>
</section>"""


def _legend(metrics: list[dict[str, Any]]) -> str:
    lower = ", ".join(m["name"] for m in metrics if not m["higher_is_better"])
    higher = ", ".join(m["name"] for m in metrics if m["higher_is_better"])
    return escape(f"Scores are against the target: lower is better in {lower}, higher in {higher}.")


def _item(links: _Links, content: dict[str, Any], place: int) -> str:
    item = content["items"][place]
    key = f"{content['sounds']}-{place}"
    title = escape(item["title"])
    scores = {v["name"]: v["scores"] for v in item["versions"] if v["scores"] is not None}
    versions = [
        _version(links, content["metrics"], item, number)
        for number in range(1, len(item["versions"]) + 1)
    ]
    return f"""<article class="item" aria-labelledby="{key}" data-place="{place}"
 data-title="{title}" data-duration="{item["duration_s"]}"
 data-scores="{escape(json.dumps(scores))}">
<h3 id="{key}">{title} <span class="reasons">({", ".join(item["reasons"])})</span></h3>
<div class="transport">
<button type="button" class="toggle" aria-label="Play {title}">Play</button>
<input type="range" class="seek" min="0" max="1000" value="0" aria-label="Position in {title}">
<span class="time"></span>
</div>
<ol class="versions">
{chr(10).join(versions)}
</ol>
<p class="trouble" role="alert"></p>
</article>"""


def _version(
    links: _Links, metrics: list[dict[str, Any]], item: dict[str, Any], number: int
) -> str:
    version = item["versions"][number - 1]
    label, title = escape(version["label"]), escape(item["title"])
    alternative = escape(f"Spectrogram of {version['label']}, {item['title']}: {version['shows']}.")
    key = f'<span class="number">{number}</span>' if number <= _KEYS else ""
    shortcut = f' aria-keyshortcuts="{number}"' if number <= _KEYS else ""
    return f"""<li class="version">
<button type="button" class="play" aria-pressed="false"{shortcut}>{key}
<span>{label}<span class="hidden"> of {title}</span></span></button>
<audio controls preload="none" src="{links.source(version["sound"])}"></audio>
<div class="picture">
<img src="{links.source(version["spectrogram"])}" alt="{alternative}" loading="lazy">
<span class="head"></span></div>
<p class="note">Level {escape(version["level"])}</p>
{_scores(metrics, version["scores"])}
{_download(links, version, title)}
</li>"""


def _scores(metrics: list[dict[str, Any]], scores: dict[str, float | None] | None) -> str:
    if scores is None:
        return ""
    rows = []
    for metric in metrics:
        value = scores[metric["column"]]
        text = "none" if value is None else f"{value:.{metric['decimals']}f} {metric['unit']}"
        rows.append(f"<dt>{escape(metric['name'])}</dt><dd>{escape(text.strip())}</dd>")
    return f"<dl>{''.join(rows)}</dl>"


def _download(links: _Links, version: dict[str, Any], title: str) -> str:
    """Link an archive, which every browser downloads; others it would show, from a file."""
    if links.is_alone:
        return ""
    what, note = "Sound", ""
    if version["note"] is not None:
        what = "Sound and preset"
        note = f'<p class="note">Play the preset as {escape(version["note"])}</p>'
    link = (
        f'<a href="{links.address(version["download"])}" download>{what}'
        f'<span class="hidden"> of {escape(version["label"])}, {title}</span> (zip)</a>'
    )
    return f"<p>{link}</p>{note}"


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
        write_alone(options.folders, options.alone)
    print(options.output)


if __name__ == "__main__":
    main()
