"""Where figures come from: what their files hold, and what is said of changed and foreign ones."""

import subprocess
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from src.analysis import origin
from src.analysis.figures import (
    assignments,
    audio_metrics,
    distance_over_k,
    style,
    training_curves,
)
from src.analysis.figures.record import ENTRY
from src.common.checksums import digest_of
from src.common.project import ROOT
from src.runs import dependence
from tests.flipped_bytes import complaints_of_flips

CURRENT = "This is what the present code draws from the present inputs."


@pytest.fixture(scope="module")
def lsd(scores_path: Path) -> Path:
    """Path of a PDF, the PNG beside it; not to be changed by tests."""
    pdf = scores_path.parents[1] / "figures/lsd.pdf"
    distance_over_k.main([str(scores_path), "--metric", "lsd", f"--output={pdf}"])
    return pdf


@pytest.mark.parametrize("suffix", [".pdf", ".png"])
def test_a_figure_tells_where_it_comes_from(lsd: Path, scores_path: Path, suffix: str) -> None:
    record = origin.read_record(lsd.with_suffix(suffix))
    assert record.target == "./lsd.pdf"
    assert (record.evidence.scale, record.evidence.seeds) == ("smoke", (0, 1))
    module = "src.analysis.figures.distance_over_k"
    assert record.code == dependence.digest(module)
    words = ["../kosc/scores.parquet", "--metric", "lsd", "--output=./lsd.pdf"]
    assert list(record.command) == ["python", "-m", module, *words]
    settings = ROOT / "configs/workflow.yaml"
    assert record.inputs == {
        "../kosc/scores.parquet": digest_of(scores_path),
        "configs/workflow.yaml": digest_of(settings),
    }
    head = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    sha = subprocess.run(head, check=True, capture_output=True, text=True).stdout.strip()
    assert record.commit is not None
    assert record.commit["sha"] == sha
    assert origin.report(lsd.with_suffix(suffix))[-1] == CURRENT


def test_no_path_of_the_machine_and_no_date_is_in_a_figure(lsd: Path) -> None:
    for path in (lsd, lsd.with_suffix(".png")):
        content = path.read_bytes()
        assert b"Date" not in content
        assert not [word for word in (str(ROOT), str(lsd.parent)) if word.encode() in content]


def test_the_same_input_gives_the_same_bytes_elsewhere(
    lsd: Path, scores_path: Path, tmp_path: Path
) -> None:
    pdf, scores = tmp_path / "figures/lsd.pdf", tmp_path / "kosc/scores.parquet"
    scores.parent.mkdir()
    scores.write_bytes(scores_path.read_bytes())
    distance_over_k.main([str(scores), "--metric", "lsd", f"--output={pdf}"])
    for suffix in (".pdf", ".png"):
        assert pdf.with_suffix(suffix).read_bytes() == lsd.with_suffix(suffix).read_bytes()
    scores.write_bytes(b"other scores")
    last = origin.report(pdf)[-1]
    assert last.endswith("another picture: ../kosc/scores.parquet changed since.")
    scores.unlink()
    assert origin.report(pdf)[-1].endswith("../kosc/scores.parquet not found.")


def test_changed_code_is_told(lsd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependence, "digest", lambda *names: "0123456789abcdef")
    assert origin.report(lsd)[-1].endswith("another picture: code changed since.")


def test_every_figure_names_the_files_that_it_reads(
    run_folders: list[Path],
    synth_folders: list[Path],
    sound_scores: pd.DataFrame,
    tmp_path: Path,
) -> None:
    def inputs(command, *words: object) -> set[str]:
        pdf = tmp_path / "figure.pdf"
        command.main([*map(str, words), "--output", str(pdf)])
        assert origin.report(pdf)[-1] == CURRENT
        names = {Path(name).name for name in origin.read_record(pdf).inputs}
        return names - {"workflow.yaml"}

    assert inputs(training_curves, *run_folders) == {"history.csv"}
    flows = [path for path in run_folders if path.parent.name == "cnf_param2tok"]
    assert inputs(assignments, *flows) == {"model.ckpt"}
    flows = [path for path in synth_folders if path.parent.name == "cnf_param2tok"]
    assert inputs(assignments, *flows) == {"model.ckpt", "config.yaml"}
    sound_scores.to_parquet(tmp_path / "scores.parquet", index=False)
    assert inputs(audio_metrics, tmp_path / "scores.parquet") == {
        "scores.parquet",
        "paper_table1.csv",
    }


def test_every_figure_command_passes_through_the_one_place() -> None:
    commands = [
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "src/analysis/figures").glob("*.py"))
        if "__main__" in path.read_text(encoding="utf-8")
    ]
    assert commands
    for text in commands:
        assert "style.write_figure(options, argv, " in text
        assert "style.save_figure" not in text


def refused(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as end:
        origin.main([str(path)])
    assert end.value.code == 1
    told = capsys.readouterr()
    assert not told.out
    assert told.err.count("\n") == 1
    return told.err


def test_what_is_no_figure_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with style.journal_style():
        plain = style.save_figure(style.new_figure(84, 50), tmp_path / "plain.pdf")
    for path in plain:
        assert "does not say where it comes from" in refused(path, capsys)
    (tmp_path / "text.pdf").write_text("no picture")
    assert "expected a PDF or a PNG" in refused(tmp_path / "text.pdf", capsys)
    assert "missing" in refused(tmp_path / "none.pdf", capsys)
    assert "expected a file" in refused(tmp_path, capsys)
    (tmp_path / "empty.png").touch()
    assert "empty" in refused(tmp_path / "empty.png", capsys)


@pytest.mark.parametrize("suffix", [".pdf", ".png"])
def test_damage_is_told(
    lsd: Path, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, path = lsd.with_suffix(suffix).read_bytes(), tmp_path / f"damaged{suffix}"
    path.write_bytes(content)
    assert complaints_of_flips(path, lambda: origin.read_record(path)) == []
    path.write_bytes(content[: len(content) // 2])
    assert "damaged" in refused(path, capsys)


def test_words_of_a_file_do_not_steer_the_terminal(
    lsd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, told = tmp_path / "odd.png", PngInfo()
    with Image.open(lsd.with_suffix(".png")) as image:
        text = image.info[ENTRY]
        told.add_text(ENTRY, text.replace("./lsd.pdf", r"\u001b[2J\nrests on: nothing"))
        image.save(path, pnginfo=told)
    origin.main([str(path)])
    first, second, *_ = capsys.readouterr().out.split("\n")
    assert first == r"target: \x1b[2J\nrests on: nothing"
    assert second.startswith("rests on: Scale smoke")
