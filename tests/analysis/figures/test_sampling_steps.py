"""Error over solver steps and guidance."""

from pathlib import Path

import pytest

from src.analysis.figures import style
from src.analysis.figures.sampling_steps import draw, main
from src.analysis.solver_settings import compare, read_settings_studies
from tests.analysis.figures.facts import assert_layout, font_kinds, page_mm, smallest_text


def test_sampling_steps(synth_root: Path, tmp_path: Path) -> None:
    path = synth_root / "smoke/vital/cnf_mlp/seed0/sampling.parquet"
    pdf = tmp_path / "steps.pdf"
    main([str(path), "--output", str(pdf)])
    assert page_mm(pdf)[0] == pytest.approx(174, abs=0.01)
    assert font_kinds(pdf)[2] == 0
    with style.journal_style():
        settings = compare(read_settings_studies([path]))
        figure = draw({"cnf_mlp": settings})
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    left, right = figure.axes
    assert left.get_title() == "CNF (MLP), guidance 2"
    assert right.get_title() == "Midpoint, 24 steps"
    assert [tick.get_text() for tick in right.get_xticklabels()] == ["1", "2", "4"]
    (line,) = (container[0] for container in right.containers)
    assert line.get_ydata().argmin() == 1
