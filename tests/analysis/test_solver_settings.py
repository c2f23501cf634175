"""Ways to sample a flow, compared."""

from pathlib import Path

import pandas as pd
import pytest

from src.analysis.figures.sampling_steps import report
from src.analysis.solver_settings import compare, main_guidance, read_settings_studies
from tests.analysis.sounds_study import write_run, write_sampling


def test_cheapest_setting_that_costs_nothing(synth_root: Path) -> None:
    paths = sorted(synth_root.glob("smoke/vital/cnf_param2tok/seed*/sampling.parquet"))
    settings = compare(read_settings_studies(paths))
    assert len(settings) == 4 * 6 + 2
    assert main_guidance(settings) == 2.0
    main = settings[settings["guidance"] == 2.0].set_index(["solver", "evaluations"])
    assert main.query("is_reference").index.tolist() == [("rk4", 200)]
    assert main.loc[("euler", 24), "is_worse"]
    assert not main.query("evaluations > 24")["is_worse"].any()  # the study is made so
    line = report("cnf_param2tok", settings)
    assert line.startswith("CNF (PARAM2TOK): no measurable loss with 24 evaluations (rk4, 6")


def test_an_unknown_solver_is_named(tmp_path: Path) -> None:
    path = write_sampling(write_run(tmp_path, "cnf_mlp"))
    pd.read_parquet(path).replace("rk4", "rk45").to_parquet(path)
    with pytest.raises(ValueError, match=r"unknown solver rk45; did you mean rk4"):
        read_settings_studies([path])
