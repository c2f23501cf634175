"""Facts of the drawings: sizes, fonts, what stands where, and unusable files."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer

from src.analysis.figures import style
from src.analysis.synth import audio_metrics, param2tok, sampling_steps, spectrograms
from src.analysis.synth.assignment import Assignment, similarity, token_order
from src.analysis.synth.collect import collect
from src.analysis.synth.runs import SynthRun, parse_runs
from src.data.sound_files import write_wav
from tests.analysis.figures.facts import assert_layout, font_kinds, page_mm, smallest_text
from tests.analysis.synth.study import make_assignment, make_scores, write_run

RATE = 22050


def marks(axes: Axes) -> dict[str, tuple[float, float]]:
    """Mean and half width of horizontal intervals by label."""
    found = {}
    for container in axes.containers:
        assert isinstance(container, ErrorbarContainer)
        (start, _), (end, _) = container[2][0].get_segments()[0]
        found[str(container.get_label())] = ((start + end) / 2, (end - start) / 2)
    return found


def test_audio_metrics_show_the_table(synth_folders: list[Path]) -> None:
    scores = collect(synth_folders).assign(dataset="surge_full")
    with style.journal_style():
        figure = audio_metrics.draw(scores)
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels[0] == "CNF (PARAM2TOK)"
    assert len(labels) == 6
    mss, *_, rms = (marks(axes) for axes in figure.axes)
    assert mss["paper_ast"] == pytest.approx((14.73, 0.14))
    assert rms["cnf_mlp"][0] == pytest.approx(
        np.mean([make_scores("cnf_mlp", seed)["rms"].mean() for seed in (0, 1)])
    )
    random = [line for line in figure.axes[0].lines if line.get_label() == "random"]
    assert np.asarray(random[0].get_xdata())[0] == pytest.approx(
        make_scores("random")["mss"].mean()
    )
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["Paper", "Target rendered again", "Random patch"]


@pytest.fixture(scope="module")
def sounding(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[SynthRun], Path]:
    """Two runs with sounds, a sine of 1 kHz, and their targets, one of which is silent."""
    root = tmp_path_factory.mktemp("sounds")
    runs = parse_runs([write_run(root, method) for method in ("random", "cnf_mlp")])
    targets = root / "targets"
    sine = np.sin(2 * np.pi * 1000 * np.arange(RATE // 2) / RATE).astype(np.float32)
    for folder in (targets, *(run.folder / "sounds" for run in runs)):
        folder.mkdir()
        for item in set(spectrograms.choose_items(runs[0]).values()):
            is_silent = folder == targets and item == "000000"
            write_wav(folder / f"{item}.wav", np.stack([sine, -sine]) * (not is_silent), RATE)
    return runs, targets


def test_items_are_first_best_median_and_worst(sounding: tuple[list[SynthRun], Path]) -> None:
    run = sounding[0][0]
    ordered = make_scores("cnf_mlp").sort_values("mss")["item"].tolist()
    chosen = {"First": "000000", "Best": ordered[0], "Median": ordered[14], "Worst": ordered[-1]}
    assert spectrograms.choose_items(run) == chosen


def test_level_is_relative_to_the_maximum(sounding: tuple[list[SynthRun], Path]) -> None:
    run, targets = sounding[0][0], sounding[1]
    decibels, duration_s, rate = spectrograms.level(run.folder / "sounds" / "000000.wav")
    assert decibels is not None
    assert (decibels.max(), duration_s, rate) == (0.0, 0.5, RATE)
    assert decibels.min() == pytest.approx(-80, abs=1e-4)
    # 1 kHz is mel 15 of Slaney's scale, half the sample rate mel 15 + 27 log(11.025) / log(6.4);
    # opposite phases do not cancel.
    expected = 15 / (15 + 27 * np.log(RATE / 2000) / np.log(6.4)) * 128
    assert abs(decibels.mean(axis=1).argmax() + 0.5 - expected) < 1.5
    assert spectrograms.level(targets / "000000.wav")[0] is None


def test_spectrograms(sounding: tuple[list[SynthRun], Path]) -> None:
    runs, targets = sounding
    with style.journal_style():
        figure = spectrograms.draw(runs, targets)
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    panels = np.array(figure.axes[:12]).reshape(4, 3)
    assert [axes.get_title() for axes in panels[0]] == ["Target", "CNF\n(MLP)", "Random\npatch"]
    assert panels[0, 0].texts[0].get_text() == "silent"
    assert panels[0, 2].texts[0].get_text() == f"{make_scores('random')['mss'][0]:.1f}"
    assert panels[0, 1].get_xlim() == (0, 0.5)
    assert figure.axes[12].get_ylabel() == "Level (dB rel. to sound's maximum)"
    with pytest.raises(FileNotFoundError, match="holds no sound 000000"):
        spectrograms.draw(runs, targets.parent)


def test_groups_of_columns_are_brought_together() -> None:
    weights = np.abs(make_assignment(seed=3).double().numpy())
    groups = (("a", 3), ("b", 3), ("c", 3), ("d", 3), ("e", 3), ("f", 1))
    assignment = Assignment(weights, groups)
    order = token_order(assignment)
    winners = weights[order].argmax(axis=0)
    assert winners.tolist() == [column // 3 for column in range(16)]  # idle tokens come last
    within, between = similarity(assignment)
    assert within > 0.9
    assert between < 0.25


def test_labels_keep_their_distance() -> None:
    moved = param2tok.spread(np.array([0.5, 0.6, 9.8, 9.9]), 1.0, 10.0)
    assert moved.tolist() == [0.5, 1.5, 9.0, 10.0]


def test_param2tok_names_groups(synth_root: Path) -> None:
    runs = parse_runs(sorted(synth_root.glob("smoke/vital/cnf_param2tok/seed*")))
    with style.journal_style():
        figure = param2tok.draw(runs)
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    panel = figure.axes[0]
    names = [text.get_text() for text in panel.texts]
    assert names[:4] == ["oscillator 1", "oscillator 2", "oscillator 3", "filter 1"]
    drawn = np.asarray(panel.collections[0].get_array())
    assert drawn.shape == (12, 16)
    assert drawn.max() == 1
    assert panel.yaxis_inverted()
    assert panel.get_title().startswith("Vital, seed 0\nsimilarity 0.9")


def test_param2tok_refuses_other_models(tmp_path: Path) -> None:
    run = SynthRun.parse(write_run(tmp_path, "cnf_param2tok"))
    torch.save({"state_dict": {param2tok.KEY: torch.ones(4, 17)}}, run.folder / "model.ckpt")
    with pytest.raises(ValueError, match=r"assigns 17 parameters, but .*small\.csv has 16"):
        param2tok.read_assignment(run)
    (run.folder / "config.yaml").write_text(yaml.safe_dump({"data": {}}))
    with pytest.raises(ValueError, match=r"config\.yaml: lacks data\.synth"):
        param2tok.read_assignment(run)
    torch.save({"state_dict": {}}, run.folder / "model.ckpt")
    with pytest.raises(ValueError, match="only runs of cnf_param2tok have one"):
        param2tok.read_assignment(run)


def test_cheapest_setting_that_costs_nothing(synth_root: Path) -> None:
    paths = sorted(synth_root.glob("smoke/vital/cnf_param2tok/seed*/sampling.parquet"))
    settings = sampling_steps.compare(sampling_steps.read_studies(paths))
    assert len(settings) == 4 * 6 + 2
    assert sampling_steps.main_guidance(settings) == 2.0
    main = settings[settings["guidance"] == 2.0].set_index(["solver", "evaluations"])
    assert main.query("is_reference").index.tolist() == [("rk4", 200)]
    assert main.loc[("euler", 24), "is_worse"]
    assert not main.query("evaluations > 24")["is_worse"].any()  # the study is made so
    line = sampling_steps.report("cnf_param2tok", settings)
    assert line.startswith("CNF (PARAM2TOK): no measurable loss with 24 evaluations (rk4, 6")


def test_sampling_steps(synth_root: Path, tmp_path: Path) -> None:
    path = synth_root / "smoke/vital/cnf_mlp/seed0/sampling.parquet"
    pdf = tmp_path / "steps.pdf"
    sampling_steps.main([str(path), "--output", str(pdf)])
    assert page_mm(pdf)[0] == pytest.approx(174, abs=0.01)
    assert font_kinds(pdf)[2] == 0
    with style.journal_style():
        settings = sampling_steps.compare(sampling_steps.read_studies([path]))
        figure = sampling_steps.draw({"cnf_mlp": settings})
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    left, right = figure.axes
    assert left.get_title() == "CNF (MLP), guidance 2"
    assert right.get_title() == "Midpoint, 24 steps"
    assert [tick.get_text() for tick in right.get_xticklabels()] == ["1", "2", "4"]
    (line,) = (container[0] for container in right.containers)
    assert line.get_ydata().argmin() == 1
