"""Command lines of Hydra: a sentence and status 1 for whatever is wrong, and no traceback."""

import sys

import pytest
from omegaconf import DictConfig

from src.runs.command_line import hydra_command


@hydra_command("eval")
def scoring(cfg: DictConfig) -> None:
    print(f"k is {cfg.data.k}, {cfg.paths.output_dir}")


@hydra_command("render", of_experiment=False)
def rendering(cfg: DictConfig) -> None:
    print(cfg.output)


@hydra_command("eval")
def faulty(cfg: DictConfig) -> None:
    raise ZeroDivisionError


MLP = "experiment=toy/cnf_mlp"


def told(command, words: list[str], monkeypatch, capsys) -> str:
    """Call a command that has to fail; return its only line."""
    monkeypatch.setattr(sys, "argv", ["command", *words])
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    with pytest.raises(SystemExit) as stopped:
        command()
    assert stopped.value.code == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "error: experiment: none is named; usage: python -m "),
        (["data.k=4"], "error: experiment: none is named"),
        (["experiment=toy/cnf_mpl"], "error: experiment: unknown toy/cnf_mpl; did you mean toy/cn"),
        ([MLP, "data=kos"], "error: data: unknown kos; did you mean kosc? known: kosc, ksin, sy"),
        ([MLP, "data.kk=3"], "error: data.kk: no such setting; did you mean k? known keys of data"),
        ([MLP, "sede=3"], "error: sede: no such setting; did you mean seed? known keys of eval: "),
        ([MLP, "data.k=four"], "error: data.k: expected a whole number of at least 1, got four ("),
        ([MLP, "data.k=[1"], "error: data.k=[1: no setting ("),
        ([MLP, "data=[1,2]"], "error: a setting has a wrong form ("),
        ([MLP, "paths.output_dir=???"], "error: paths.output_dir: a value is wanted; give paths.o"),
    ],
)
def test_wrong_words_get_a_sentence(words, sentence, monkeypatch, capsys) -> None:
    line = told(scoring, words, monkeypatch, capsys)
    assert line.startswith(sentence)


def test_a_value_that_is_not_given_is_named(monkeypatch, capsys) -> None:
    line = told(rendering, [], monkeypatch, capsys)
    assert line.startswith("error: output: a value is wanted; give output=VALUE (")


def test_right_words_reach_the_function(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["command", MLP, "data.k=3", "paths.output_dir=x"])
    scoring()
    assert capsys.readouterr().out == "k is 3, x\n"


def test_tracebacks_of_bugs_and_on_demand(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["command", MLP])
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    with pytest.raises(SystemExit):
        faulty()
    assert "ZeroDivisionError" in capsys.readouterr().err
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    monkeypatch.setattr(sys, "argv", ["command", MLP, "data.k=0"])
    with pytest.raises(ValueError, match=r"data\.k"):
        scoring()
