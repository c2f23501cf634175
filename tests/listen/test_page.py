"""The page in a real browser, from a file."""

import json
import re
import shutil
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from src.listen.page import write_page
from tests.listen.browser import STATE, heard, wait_until_heard
from tests.listen.study import METHODS, mss_of

sync_api = pytest.importorskip("playwright.sync_api")


def titles(page: "sync_api.Page") -> list[int]:
    return [int(re.findall(r"\d+", text)[0]) for text in page.locator("h3").all_text_contents()]


both = pytest.mark.parametrize("page", ["index.html", "alone.html"], indirect=True)


@both
def test_pictures_are_there_and_described(page: "sync_api.Page") -> None:
    pictures = page.locator("img")
    assert pictures.count() == page.locator("audio").count()
    for i in range(pictures.count()):
        pictures.nth(i).scroll_into_view_if_needed()
    page.wait_for_function("() => [...document.images].every(i => i.complete && i.naturalWidth)")
    texts = [pictures.nth(i).get_attribute("alt") for i in range(pictures.count())]
    assert all("Spectrogram of" in text and "strongest near" in text for text in texts)
    assert len(set(texts)) == len(texts)


def test_a_switch_goes_on_at_the_same_position(page: "sync_api.Page") -> None:
    buttons = page.locator(".item").nth(1).locator(".play")
    buttons.nth(0).click()
    wait_until_heard(page, 1, 0, since=1.0)
    buttons.nth(2).click()
    left = page.evaluate(STATE)[1][0]
    assert left[0] is False
    wait_until_heard(page, 1, 2, since=left[1])  # it did not begin at 0, which takes a second
    assert heard(page) == [(1, 2)]
    assert buttons.nth(2).get_attribute("aria-pressed") == "true"
    buttons.nth(2).click()
    stopped = page.evaluate(STATE)[1][2][1]
    assert heard(page) == []
    buttons.nth(3).click()
    wait_until_heard(page, 1, 3, since=stopped)
    # The position in between is kept, not only passed by.
    page.locator(".item").nth(1).locator(".toggle").click()
    position = page.evaluate(STATE)[1][3][1]
    shown, _, rest = page.locator(".time").nth(1).inner_text().partition(" ")
    assert rest == "of 3.00 s"
    assert float(shown) == pytest.approx(position, abs=0.1)  # a pause takes a moment


@both
def test_one_sound_at_a_time(page: "sync_api.Page") -> None:
    page.locator(".item").nth(0).locator(".play").nth(1).click()
    wait_until_heard(page, 0, 1)
    page.locator(".item").nth(2).locator(".toggle").click()
    wait_until_heard(page, 2, 0)
    assert heard(page) == [(2, 0)]


def test_a_sound_that_ended_plays_again_from_the_start(page: "sync_api.Page") -> None:
    seek = page.locator(".seek").first
    seek.evaluate("range => { range.value = 950; range.dispatchEvent(new Event('input')); }")
    page.locator(".toggle").first.click()
    page.wait_for_function("() => document.querySelector('.toggle').textContent === 'Play'")
    assert page.locator(".time").first.inner_text() == "0.00 of 3.00 s"
    page.locator("#repeat").check()
    page.locator(".toggle").first.click()
    wait_until_heard(page, 0, 0)
    assert page.locator("audio").first.evaluate("audio => audio.loop") is True


@pytest.mark.parametrize("broken", [1, 2])
def test_a_file_that_the_browser_gave_up_is_loaded_again(
    page: "sync_api.Page", broken: int
) -> None:
    answers = ["broken"] * broken
    page.route(
        "**/*-target.flac",
        lambda route: route.fulfill(body=answers.pop()) if answers else route.continue_(),
    )
    page.reload()  # of a file, only what is opened from now on is answered
    page.locator(".picture").first.click()
    if broken == 1:
        wait_until_heard(page, 0, 0, since=1.5)  # and where it was to play from
    else:
        page.locator(".trouble", has_text="This sound cannot be played").wait_for()
        assert page.locator(".toggle").first.inner_text() == "Play"
    assert answers == []


def test_sorting(page: "sync_api.Page") -> None:
    metric, method, direction = (page.locator(".sort select").nth(i) for i in range(3))
    before = titles(page)
    assert not method.is_visible()  # before there is something to choose
    metric.select_option("mss")
    for name in METHODS:
        method.select_option(name)
        assert titles(page) == sorted(before, key=lambda item: mss_of(name, item))
    direction.select_option("worst")
    assert titles(page) == sorted(before, key=lambda item: -mss_of("random", item))
    metric.select_option("rms")  # higher is better, and falls as MSS rises
    assert titles(page) == sorted(before, key=lambda item: -mss_of("random", item))
    said = page.locator("[role=status]").inner_text()
    assert said == "Sorted by RMS of Random patch, worst first."
    metric.select_option("")
    assert titles(page) == before


def test_what_all_presets_share_is_said_once(scale_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "vital"
    shutil.copytree(scale_folder / "listen/vital", folder)
    content = json.loads((folder / "items.json").read_text(encoding="utf-8"))
    presets = 0
    for item in content["items"]:
        for version in item["versions"]:
            if version["note"] is not None:
                version["note"] = f"note {50 + presets}, velocity 100, twice: the first note glides"
                presets += 1
    (folder / "items.json").write_text(json.dumps(content), encoding="utf-8")
    write_page([folder], tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("velocity 100, twice: the first note glides") == 1
    assert [text.count(f"Preset: note {50 + i}<") for i in range(presets)] == [1] * presets


def test_all_controls_have_names(page: "sync_api.Page") -> None:
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('button, a, select, input')].filter(e =>
        !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).length"""
    )
    assert unnamed == 0
    assert page.locator("html").get_attribute("lang") == "en"
    pressed = page.get_by_role("button", name="AST of Sound", pressed=False)
    assert pressed.count() == page.locator(".item").count()
    assert page.get_by_role("region", name="Vital", exact=True).count() == 1


def test_the_transport_says_which_sound(page: "sync_api.Page") -> None:
    for number in titles(page):
        assert page.get_by_role("button", name=f"Play Sound {number}", exact=True).count() == 1
        slider = page.get_by_role("slider", name=f"Position in Sound {number}", exact=True)
        assert slider.get_attribute("aria-valuetext") == "0.00 of 3.00 seconds"
    assert not page.locator("audio").first.is_visible()  # the browser's own player
    page.locator(".toggle").first.click()
    name = f"Pause Sound {titles(page)[0]}"
    assert page.get_by_role("button", name=name, exact=True).inner_text() == "Pause"


def test_sounds_play_without_a_script(browser: "sync_api.Browser", scale_folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto("file://" + quote(str(scale_folder / "listen/index.html")))
    players = page.locator("audio[controls]")
    assert players.count() == page.locator(".version").count()
    assert players.first.is_visible()
    assert page.locator("noscript p").is_visible()
    assert not page.locator(".toggle").first.is_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_a_phone_and_follows_the_colour_scheme(
    browser: "sync_api.Browser", scale_folder: Path, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True, color_scheme=scheme
    )
    page = context.new_page()
    page.goto("file://" + quote(str(scale_folder / "listen/index.html")))
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator(".toggle").first.bounding_box()["y"] < 500  # seen without scrolling
    page.locator(".play").first.tap()
    wait_until_heard(page, 0, 0)
    for control in (".play", ".toggle", ".seek", ".sort select", "label:has(#repeat)"):
        assert page.locator(control).first.bounding_box()["height"] >= 44  # a finger's width
    assert page.locator(".seek").first.bounding_box()["width"] >= 300
    links = page.locator("nav a, .version a")
    heights = [links.nth(i).bounding_box()["height"] for i in range(links.count())]
    assert min(heights) >= 24
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(19, 19, 22)"}[scheme]
    context.close()


def test_download(browser: "sync_api.Browser", scale_folder: Path, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto("file://" + quote(str(scale_folder / "listen/index.html")))
    with page.expect_download() as download:
        page.get_by_role("link", name="Sound and preset of AST").first.click()
    download.value.save_as(tmp_path / "saved.zip")
    with zipfile.ZipFile(tmp_path / "saved.zip") as archive:
        assert {Path(name).suffix for name in archive.namelist()} == {".flac", ".vital"}
    page.close()
