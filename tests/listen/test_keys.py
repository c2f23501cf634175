"""Keys of the page, in a real browser."""

import pytest

from tests.listen.browser import heard, wait_until_heard

sync_api = pytest.importorskip("playwright.sync_api")


def test_keys(page: "sync_api.Page") -> None:
    page.keyboard.press(" ")  # the first version of the first item
    wait_until_heard(page, 0, 0)
    page.keyboard.press("3")
    wait_until_heard(page, 0, 2)
    assert heard(page) == [(0, 2)]
    page.keyboard.press(" ")
    page.wait_for_function("() => [...document.querySelectorAll('audio')].every(a => a.paused)")
    page.keyboard.press(" ")
    wait_until_heard(page, 0, 2)
    page.keyboard.press("9")  # there is no such version
    assert heard(page) == [(0, 2)]
    page.locator(".item").nth(1).locator(".seek").focus()
    page.keyboard.press("2")
    wait_until_heard(page, 1, 1)
    assert heard(page) == [(1, 1)]


def test_keys_follow_the_mouse_and_the_page_stays(page: "sync_api.Page") -> None:
    page.locator(".item").nth(2).locator("h3").click()
    page.keyboard.press("2")
    wait_until_heard(page, 2, 1)
    page.locator(".item").nth(1).locator("dl").first.click()
    page.evaluate("document.querySelectorAll('.item')[1].querySelector('dl').scrollIntoView()")
    before = page.evaluate("scrollY")
    page.keyboard.press("3")  # its button is above what is seen
    wait_until_heard(page, 1, 2)
    assert page.evaluate("scrollY") == before
    page.evaluate("scrollTo(0, 0)")
    page.set_viewport_size({"width": 800, "height": 300})  # the sound is not seen at all
    page.keyboard.press("4")
    wait_until_heard(page, 1, 3)
    page.wait_for_function("scrollY > 0")


def test_keys_of_other_keyboards(page: "sync_api.Page") -> None:
    press = """([key, code]) => document.body.dispatchEvent(
      new KeyboardEvent('keydown', { key, code, bubbles: true }))"""
    page.evaluate(press, ["\u00e9", "Digit2"])  # AZERTY without shift
    wait_until_heard(page, 0, 1)
    page.evaluate(press, ["\u0663", "Numpad3"])  # Arabic
    wait_until_heard(page, 0, 2)
    page.evaluate(press, ["End", "Numpad1"])  # without Num Lock
    assert heard(page) == [(0, 2)]


def test_a_held_key_acts_once(page: "sync_api.Page") -> None:
    for _ in range(4):
        page.keyboard.down(" ")
    page.keyboard.up(" ")
    wait_until_heard(page, 0, 0)
    assert page.evaluate("scrollY") == 0
    page.locator(".toggle").first.focus()
    for _ in range(4):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    assert heard(page) == []


def test_digits_act_after_sorting(page: "sync_api.Page") -> None:
    metric = page.locator(".sort select").first
    metric.focus()
    page.keyboard.press("ArrowDown")
    assert metric.input_value() == "mss"
    page.keyboard.press(" ")  # opens the list
    page.keyboard.press("Escape")
    assert heard(page) == []
    title = page.locator(".item.present h3").inner_text()
    page.keyboard.press("2")
    page.locator(".item.present .toggle", has_text="Pause").wait_for()
    assert page.locator(".item.present h3").inner_text() == title
    assert page.locator(".item.present [aria-pressed=true]").inner_text().startswith("2")
