"""Couplings: which scores stand for which coupling."""

from pathlib import Path

import pandas as pd
import pytest
from src.analysis.figures.couplings import coupling_table, draw, main

from src.analysis.figures import style
from tests.analysis.figures.facts import assert_layout, bars, font_kinds, page_mm, smallest_text


def of(table: pd.DataFrame, symmetry: str = "symmetric") -> dict[tuple[str, str], str]:
    """Experiment by (method, coupling)."""
    half = table[table["symmetry"] == symmetry]
    keys = zip(half["name"], half["coupling"], strict=True)
    return dict(zip(keys, half["experiment"], strict=True))


def test_configured_methods_fill_the_default_coupling(scores: pd.DataFrame) -> None:
    table = coupling_table(scores, "none")
    assert set(table["k"]) == {4}  # the largest with variants
    assert (
        of(table)
        == of(table, "asymmetric")
        == {
            ("cnf_equivariant", "none"): "cnf_equivariant",
            ("cnf_equivariant", "minibatch"): "cnf_equivariant_minibatch",
            ("cnf_param2tok", "none"): "cnf_param2tok",
            ("cnf_mlp", "none"): "cnf_mlp",
            ("cnf_mlp", "minibatch"): "cnf_mlp_minibatch",
            ("cnf_mlp", "permutation"): "cnf_mlp_permutation",
        }
    )


def test_a_coupling_in_the_name_wins(scores: pd.DataFrame) -> None:
    table = of(coupling_table(scores, "minibatch"))
    assert table["cnf_mlp", "minibatch"] == "cnf_mlp_minibatch"
    assert table["cnf_param2tok", "minibatch"] == "cnf_param2tok"
    assert "cnf_mlp" not in table.values()


def test_nothing_to_compare_is_said(scores: pd.DataFrame) -> None:
    plain = scores[~scores["experiment"].str.contains("minibatch|permutation")]
    with pytest.raises(ValueError, match=r"no scores of two couplings; train .*cnf_mlp_minibatch"):
        coupling_table(plain, "none")
    with pytest.raises(ValueError, match="two couplings at k = 8"):
        coupling_table(scores, "none", k=8)


@pytest.mark.parametrize("symmetries", [["symmetric", "asymmetric"], ["symmetric"]])
def test_panels(scores: pd.DataFrame, symmetries: list[str]) -> None:
    table = coupling_table(scores[scores["symmetry"].isin(symmetries)], "none")
    with style.journal_style():
        figure = draw(table)
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    columns = len(symmetries)
    assert [axes.get_ylabel() for axes in figure.axes] == (
        ["LSD (dB)"] * columns + ["LAC", "MSE"][:columns]
    )
    assert figure.axes[0].get_title() == "Symmetric, $k$ = 4"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["No coupling", "Minibatch coupling", "Permutation coupling"]
    for axes in figure.axes:
        counts = [len(container[0].get_xdata()) for container in axes.containers]
        assert counts == [3, 2, 1]
        for container in axes.containers:  # all within what is seen
            low, high = axes.get_ylim()
            assert low < min(container[0].get_ydata()) <= max(container[0].get_ydata()) < high
    assert not bars(figure.axes[0]).keys() & {"Random"}


def test_command_line(tmp_path: Path, scores_path: Path) -> None:
    pdf = tmp_path / "couplings.pdf"
    main([str(scores_path), "--default-coupling", "none", "--output", str(pdf)])
    assert page_mm(pdf)[0] == pytest.approx(174, abs=0.01)
    assert font_kinds(pdf)[2] == 0
