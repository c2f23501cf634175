"""Files and looks that all figures share."""

import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

from src.analysis.figures import style
from src.analysis.figures.style import journal_style, new_figure, save_figure
from src.study.methods import DASHED, METHODS

SCRIPT = """
import sys
from src.analysis.figures.style import journal_style, new_figure, save_figure
with journal_style():
    figure = new_figure(84, 50)
    figure.subplots().plot([1, 2], label="$k$ = 2")
    save_figure(figure, sys.argv[1])
"""


@pytest.mark.parametrize("kind", ["toy", "rendered"])
def test_every_method_looks_different_in_colour_and_in_grey(kind: str) -> None:
    methods = [method for method in METHODS.values() if kind in method.kinds]
    looks = [method.appearance for method in methods if not method.is_reference]
    assert len({look.color for look in looks}) == len(looks)
    assert len({look.marker for look in looks}) == len(looks)
    flows = [method.appearance for method in methods if method.is_sampled]
    assert all(look.is_filled for look in flows)
    assert len({str(look.line) for look in flows}) == len(flows)
    bounds = [method.appearance for method in methods if method.is_reference]
    assert len({str(look.line) for look in bounds}) == len(bounds)
    if kind == "toy":
        networks = [method.appearance for method in methods if method.name.startswith("ffn_")]
        assert not any(look.is_filled for look in networks)


def test_sort_is_dashed_only_where_it_means_nothing() -> None:
    assert style.method_keywords("ffn_sort", "asymmetric")["linestyle"] == DASHED
    assert style.method_keywords("ffn_sort", "symmetric")["linestyle"] == "-"
    assert DASHED not in [m.appearance.line for m in METHODS.values() if "toy" in m.kinds]


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


def test_the_backend_of_a_notebook_does_not_matter(tmp_path: Path) -> None:
    surroundings = os.environ | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    command = [sys.executable, "-m", "src.analysis.figures.distance_over_k", "--help"]
    subprocess.run(command, check=True, capture_output=True, env=surroundings)
    pdf = tmp_path / "figure.pdf"
    subprocess.run([sys.executable, "-c", SCRIPT, str(pdf)], check=True, env=surroundings)
    assert pdf.stat().st_size
