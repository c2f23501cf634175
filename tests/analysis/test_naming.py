"""Printed names, and what a table is about."""

import pandas as pd

from src.analysis.naming import labels_of, study_of, title_of, variant_keys
from src.study.settings import read_settings


def test_a_study_names_the_variant_that_a_method_is(scores: pd.DataFrame) -> None:
    mlp = scores[scores["method"].str.startswith("cnf_mlp")]
    assert labels_of(mlp) == {
        "cnf_mlp": "CNF (MLP), no coupling",
        "cnf_mlp_minibatch": "CNF (MLP), minibatch coupling",
        "cnf_mlp_permutation": "CNF (MLP), permutation coupling",
    }
    assert title_of(mlp).endswith(", k-osc")


def test_methods_as_they_are_belong_to_no_study(scores: pd.DataFrame) -> None:
    plain = scores[scores["method"].isin(["cnf_mlp", "random"])]
    assert study_of(plain["method"]) is None
    assert (title_of(plain), labels_of(plain)["cnf_mlp"]) == ("k-osc", "CNF (MLP)")


def test_with_all_variants_the_method_as_it_is_is_none_of_them() -> None:
    study = read_settings().studies["couplings"]
    names = ["cnf_mlp", *(variant.name for variant in study.entries("cnf_mlp"))]
    assert variant_keys(study, [*names, "random"]) == {
        "cnf_mlp": "",
        "cnf_mlp_none": "none",
        "cnf_mlp_minibatch": "minibatch",
        "cnf_mlp_permutation": "permutation",
    }
