"""The grammar of paths: what is formatted parses back, and nothing else parses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.study.layout import SYMMETRIES, Condition, Problem, Run, below_scale, problems, scale_of

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
CONDITIONS = st.builds(Condition, st.integers(1, 64), st.sampled_from(SYMMETRIES))
PROBLEMS = st.builds(Problem, NAMES, st.none() | CONDITIONS)


@given(st.builds(Run, NAMES, PROBLEMS, NAMES, st.integers(0, 2**32 - 1)))
def test_a_run_parses_back_below_any_folder(run: Run) -> None:
    assert Run.parse(str(run)) == run
    assert Run.parse(f"/somewhere/results/from_scores/{run}") == run


@given(PROBLEMS)
def test_a_problem_parses_back(problem: Problem) -> None:
    assert Problem.parse(str(problem)) == problem


@pytest.mark.parametrize(
    "path",
    [
        "results/laptop/kosc/k04-symmetric/cnf_mlp/seed0",
        "results/laptop/kosc/k4-skewed/cnf_mlp/seed0",
        "results/laptop/vital/ast/seed01",
        "results/laptop/vital/ast/seed0/scores.parquet",
        "vital/ast/seed0",
        "seed0",
    ],
)
def test_other_paths_are_no_runs(path: str) -> None:
    with pytest.raises(ValueError, match="not a run folder; expected a path"):
        Run.parse(path)


def test_symmetric_problems_come_first() -> None:
    named = [str(problem) for problem in problems("kosc", [2, 4])]
    assert named == [
        "kosc/k2-symmetric",
        "kosc/k4-symmetric",
        "kosc/k2-asymmetric",
        "kosc/k4-asymmetric",
    ]


@pytest.mark.parametrize("results", ["results", "<results>", "results/from_checkpoints"])
def test_results_are_named_below_their_scale(results: str) -> None:
    path = f"{results}/laptop/vital/ast/seed0/model.ckpt"
    assert (scale_of(path), below_scale(path)) == ("laptop", "vital/ast/seed0/model.ckpt")
