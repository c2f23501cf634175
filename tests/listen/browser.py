"""What is asked of the page in a browser."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright import sync_api

# One entry an item: which version is heard, and where each stands.
STATE = """() => [...document.querySelectorAll('.item')].map(item =>
  [...item.querySelectorAll('audio')].map(audio => [!audio.paused, audio.currentTime]))"""


def heard(page: "sync_api.Page") -> list[tuple[int, int]]:
    """List (item, version) of what plays."""
    return [
        (place, number)
        for place, item in enumerate(page.evaluate(STATE))
        for number, (plays, _) in enumerate(item)
        if plays
    ]


def wait_until_heard(page: "sync_api.Page", place: int, number: int, since: float = 0.0) -> None:
    test = f"""() => {{ const audio = document.querySelectorAll('.item')[{place}]
      .querySelectorAll('audio')[{number}];
      return !audio.paused && audio.currentTime > {since}; }}"""
    page.wait_for_function(test)
