"""Whatever names hold, the page shows it as text, and nothing of it runs."""

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from src.listen.page import write_page

sync_api = pytest.importorskip("playwright.sync_api")

HOSTILE = (
    """"'><script>window.ran = 1</script><img src=x onerror="window.ran = 1">\n</script></style>"""
    """<!--<script>{{ 7 * 7 }}&lt;\\u003c]]> javascript:window.ran=1"""
)
KEPT = {"sound", "spectrogram", "download", "scores", "versions", "reasons", "column"}
NUMBERS = {"rate", "lufs", "decimals", "higher_is_better", "scale"}


def hostile(node: Any, key: str = "") -> Any:
    """Put the hostile text into every name, word and number that is not computed with."""
    if isinstance(node, dict):
        return {name: hostile(child, name) for name, child in node.items()}
    if isinstance(node, list):
        return [hostile(child, "word") for child in node]
    return node if key in KEPT | NUMBERS or node is None else f"{node}{HOSTILE}"


@pytest.fixture
def folder(scale_folder: Path, tmp_path: Path) -> Path:
    """A set whose every field is hostile, method names among the scores included."""
    folder = tmp_path / """a "set" <b>'&amp;""" / "vital"
    shutil.copytree(scale_folder / "listen/vital", folder)
    content = json.loads((folder / "items.json").read_text(encoding="utf-8"))
    scores = [[v["scores"] for v in item["versions"]] for item in content["items"]]
    changed = hostile(content)
    for metric in changed["metrics"]:
        metric["column"] += HOSTILE
    for item, of_versions in zip(changed["items"], scores, strict=True):
        for version, values in zip(item["versions"], of_versions, strict=True):
            renamed = values and {f"{name}{HOSTILE}": value for name, value in values.items()}
            version["scores"] = renamed
    changed["scale"] += HOSTILE
    (folder / "items.json").write_text(json.dumps(changed), encoding="utf-8")
    return folder


@pytest.mark.parametrize("is_alone", [False, True])
def test_names_are_text(browser: "sync_api.Browser", folder: Path, is_alone: bool) -> None:
    write_page([folder], folder.parent / "page.html", is_alone)
    page, problems = browser.new_page(), []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto("file://" + quote(str(folder.parent / "page.html")))
    page.locator(".sort select").first.select_option(index=1)
    page.locator(".toggle").first.click()
    page.locator(".toggle", has_text="Pause").first.wait_for()
    assert page.evaluate("window.ran") is None
    assert page.locator("script").count() == 2
    own = page.locator("article img").count()
    assert page.locator("img").count() == own
    assert page.locator("[onerror]").count() == 0
    content = json.loads((folder / "items.json").read_text(encoding="utf-8"))
    seen = page.locator("html").evaluate("html => html.textContent")
    words = [content["label"], content["n"], content["seed"], content["synth"]]
    words += [content["chosen_by"], content["scale"], content["metrics"][0]["name"]]
    for item in content["items"]:
        words += [item["title"], *item["reasons"]]
        words += [version[name] for version in item["versions"] for name in ("label", "level")]
    assert [word for word in words if word not in seen] == []
    alternatives = page.locator("img").evaluate_all("all => all.map(i => i.alt)")
    shown = [version["shows"] for item in content["items"] for version in item["versions"]]
    assert all(any(words in text for text in alternatives) for words in shown)
    assert problems == []
    page.close()


@pytest.mark.parametrize("name", ["index.html", "alone.html"])
def test_the_browser_runs_nothing_else(
    browser: "sync_api.Browser", scale_folder: Path, name: str
) -> None:
    """Also of what got into the page all the same."""
    page, refused = browser.new_page(), []
    page.on("console", lambda message: refused.append(message.text))
    page.goto("file://" + quote(str(scale_folder / "listen" / name)))
    page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.ran = 1';
          document.body.append(script);
          document.body.insertAdjacentHTML('beforeend', '<img src="" onerror="window.ran = 1">');
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert len([text for text in refused if "Content Security Policy" in text]) == 2
    page.close()


def test_files_elsewhere_are_not_shown(scale_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "vital"
    shutil.copytree(scale_folder / "listen/vital", folder)
    (tmp_path / "private.png").write_bytes(b"private")
    text = (folder / "items.json").read_text(encoding="utf-8")
    picture = json.loads(text)["items"][0]["versions"][0]["spectrogram"]
    for path in ("../private.png", str(tmp_path / "private.png"), "spectrograms/missing.png"):
        (folder / "items.json").write_text(text.replace(picture, path), encoding="utf-8")
        with pytest.raises(
            ValueError, match=r"items\.json: names .* expected a file of its folder"
        ):
            write_page([folder], tmp_path / "page.html", is_alone=True)
