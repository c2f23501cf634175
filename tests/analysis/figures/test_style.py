"""Files and looks that all figures share."""

import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

from src.analysis.figures import style
from src.analysis.figures.style import APPEARANCES, journal_style, new_figure, save_figure
from src.analysis.methods import METHODS

SCRIPT = """
import sys
from src.analysis.figures.style import journal_style, new_figure, save_figure
with journal_style():
    figure = new_figure(84, 50)
    figure.subplots().plot([1, 2], label="$k$ = 2")
    save_figure(figure, sys.argv[1])
"""


def test_every_method_looks_different_in_colour_and_in_grey() -> None:
    assert set(APPEARANCES) == set(METHODS)
    looks = list(APPEARANCES.values())
    assert len({look.color for look in looks}) == len(looks)
    assert len({look.marker for look in looks}) == len(looks)
    flows = [APPEARANCES[name] for name in METHODS if name.startswith("cnf_")]
    networks = [APPEARANCES[name] for name in METHODS if name.startswith("ffn_")]
    assert all(look.is_filled for look in flows)
    assert not any(look.is_filled for look in networks)
    assert len({str(look.line) for look in flows}) == len(flows)


def test_sort_is_dashed_only_where_it_means_nothing() -> None:
    assert style.method_keywords("ffn_sort", "asymmetric")["linestyle"] == style.DASHED
    assert style.method_keywords("ffn_sort", "symmetric")["linestyle"] == "-"
    assert style.DASHED not in [look.line for look in APPEARANCES.values()]


def test_style_ends_with_the_block() -> None:
    before = mpl.rcParams["pdf.fonttype"], mpl.rcParams["font.size"]
    with journal_style():
        assert mpl.rcParams["pdf.fonttype"] == 42
    assert (mpl.rcParams["pdf.fonttype"], mpl.rcParams["font.size"]) == before


def test_another_process_writes_the_same_bytes_without_a_date(tmp_path: Path) -> None:
    with journal_style():
        figure = new_figure(84, 50)
        figure.subplots().plot([1, 2], label="$k$ = 2")
        ours = save_figure(figure, tmp_path / "ours.pdf")
    theirs = tmp_path / "theirs.pdf"
    subprocess.run([sys.executable, "-c", SCRIPT, str(theirs)], check=True)
    assert ours[0].read_bytes() == theirs.read_bytes()
    assert ours[1].read_bytes() == theirs.with_suffix(".png").read_bytes()
    assert b"Date" not in ours[0].read_bytes()


def test_only_pdf_names_are_taken(tmp_path: Path) -> None:
    with journal_style(), pytest.raises(ValueError, match=r"a\.png: a figure's path must end in"):
        save_figure(new_figure(84, 50), tmp_path / "a.png")


def test_axis_is_logarithmic_only_for_wide_ranges() -> None:
    with journal_style():
        near, far = new_figure(174, 50).subplots(1, 2)
        near.plot([0.2, 0.3])
        far.plot([0.002, 0.3])
        for axes in (near, far):
            style.error_axis(axes)
        assert (near.get_yscale(), far.get_yscale()) == ("linear", "log")
