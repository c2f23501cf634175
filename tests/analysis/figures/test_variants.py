"""Variants of methods: which run stands for which variant, and what is drawn."""

from pathlib import Path

import pandas as pd
import pytest

from src.analysis.figures import style
from src.analysis.figures.variants import draw, main, study_table
from src.study.settings import Study, read_settings
from tests.analysis.figures.facts import assert_layout, bars, font_kinds, page_mm, smallest_text


@pytest.fixture
def couplings() -> Study:
    return read_settings().studies["couplings"]


def of(table: pd.DataFrame, symmetry: str = "symmetric") -> dict[tuple[str, str], str]:
    """Name of a run by (method, variant)."""
    half = table[table["symmetry"] == symmetry]
    keys = zip(half["name"], half["variant"], strict=True)
    return dict(zip(keys, half["method"], strict=True))


def test_a_method_as_it_is_stands_for_the_one_missing_variant(
    scores: pd.DataFrame, couplings: Study
) -> None:
    table = study_table(scores, couplings)
    assert set(table["k"]) == {4}  # the largest with variants
    assert (
        of(table)
        == of(table, "asymmetric")
        == {
            ("cnf_equivariant", ""): "cnf_equivariant",  # of two variants, nobody knows which
            ("cnf_equivariant", "minibatch"): "cnf_equivariant_minibatch",
            ("cnf_param2tok", ""): "cnf_param2tok",
            ("cnf_mlp", "none"): "cnf_mlp",
            ("cnf_mlp", "minibatch"): "cnf_mlp_minibatch",
            ("cnf_mlp", "permutation"): "cnf_mlp_permutation",
        }
    )


def test_nothing_to_compare_is_said(scores: pd.DataFrame, couplings: Study) -> None:
    plain = scores[~scores["method"].str.contains("minibatch|permutation")]
    with pytest.raises(ValueError, match=r"no scores of two variants .* cnf_equivariant_permutat"):
        study_table(plain, couplings)


@pytest.mark.parametrize("symmetries", [["symmetric", "asymmetric"], ["symmetric"]])
def test_panels(scores: pd.DataFrame, couplings: Study, symmetries: list[str]) -> None:
    mlp = scores["method"].str.startswith("cnf_mlp")
    table = study_table(scores[scores["symmetry"].isin(symmetries) & mlp], couplings)
    with style.journal_style():
        figure = draw(table, couplings)
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
        assert counts == [1, 1, 1]
        for container in axes.containers:  # all within what is seen
            low, high = axes.get_ylim()
            assert low < min(container[0].get_ydata()) <= max(container[0].get_ydata()) < high
    assert not bars(figure.axes[0]).keys() & {"Random"}


def test_variants_of_rendered_tasks_have_a_panel_a_metric(sound_scores: pd.DataFrame) -> None:
    study = Study("couplings", "", "vital", ("cnf_mlp",), {"minibatch": ("minibatch", ())})
    mlp = sound_scores[sound_scores["method"] == "cnf_mlp"]
    scores = pd.concat([mlp, mlp.assign(method="cnf_mlp_minibatch", mss=mlp["mss"] + 1)])
    with style.journal_style():
        figure = draw(study_table(scores, study), study)
        assert_layout(figure)
    titles = [axes.get_ylabel() for axes in figure.axes]
    assert titles == ["MSS (dB) ↓", "wMFCC ↓", "SOT ↓", "RMS ↑"]
    first, second = (container[0].get_ydata() for container in figure.axes[0].containers)
    assert second - first == pytest.approx(1)


def test_command_line(
    tmp_path: Path, scores_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pdf = tmp_path / "couplings.pdf"
    main([str(scores_path), "--study", "couplings", "--output", str(pdf)])
    assert page_mm(pdf)[0] == pytest.approx(174, abs=0.01)
    assert font_kinds(pdf)[2] == 0
    with pytest.raises(SystemExit):
        main([str(scores_path), "--study", "coupling", "--output", str(pdf)])
    assert "unknown study coupling; did you mean couplings?" in capsys.readouterr().err
