"""A page of made-up sounds."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from src.listen import collect
from src.listen.page import main as write_page
from tests.listen.study import runs_of, write_study

if TYPE_CHECKING:
    from playwright import sync_api

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
MISSING = f"no browser: none of {', '.join(NAMES)}, and CHROMIUM names none (.ci/install_chromium)"


@pytest.fixture(scope="session")
def scale_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """results/smoke with a listening page in a path that an address has to quote; not to change."""
    scale = write_study(tmp_path_factory.mktemp("made up #1"))
    listen = scale / "listen"
    targets, data = scale / "vital/targets", scale / "vital/data/test.h5"
    arguments = ["--targets", str(targets), "--data", str(data), "--samples", "2"]
    collect.main([*runs_of(scale), *arguments, "--output", str(listen / "vital")])
    output = str(listen / "index.html")
    write_page([str(listen / "vital"), "--output", output, "--alone", str(listen / "alone.html")])
    return scale


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    if CHROMIUM is None:
        pytest.skip(MISSING)
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        # In a container there is no sandbox to be had; the page is our own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(
    browser: "sync_api.Browser", scale_folder: Path, request: pytest.FixtureRequest
) -> Iterator["sync_api.Page"]:
    """The page, opened; at the end it must have logged no error and asked for no other address.

    An indirect parameter names another file than index.html.
    """
    name = getattr(request, "param", "index.html")
    page, problems = browser.new_page(), []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda asked: problems.append(f"{asked.url} {asked.failure}"))
    page.on("request", lambda asked: problems.append(asked.url) if _is_remote(asked.url) else None)
    page.goto("file://" + quote(str(scale_folder / "listen" / name)))
    yield page
    page.close()
    # A browser gives up loading a sound when another one is chosen, and says so.
    assert [problem for problem in problems if "ERR_ABORTED" not in problem] == []


def _is_remote(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:"))
