"""The workflow's settings: what is shipped is valid, what is mistyped is explained."""

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from src.study.names import hint
from workflow.settings import SCHEMA, checked, problems

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "configs/workflow.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))


def test_shipped_settings_are_valid(settings):
    assert problems(settings) == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["scael"], "laptop", "scael: unknown setting; did you mean scale? known: scale, start"),
        (["scale"], "laptpo", "scale: unknown value laptpo; did you mean laptop? known: smoke,"),
        (["scales", "laptop", "sedes"], [0], "scales.laptop.sedes: unknown setting; did you mean"),
        (["scales", "huge"], {}, "scales.huge: unknown setting; known: smoke, laptop, desk, paper"),
        (
            ["scales", "paper", "studies"],
            ["coupling"],
            "scales.paper.studies: unknown name coupling; did you mean couplings? known: couplings",
        ),
        (["studies", "couplings", "task"], "vital", "studies.couplings.task: unknown name vital;"),
        (["studies", "couplings", "methods"], ["ast"], "unknown name ast; known: cnf_equivariant"),
        (
            ["tasks", "kosc", "data"],
            "ksine",
            "tasks.kosc.data: unknown name ksine; did you mean ksin",
        ),
        (
            ["tasks", "kosc", "dataset"],
            "vital",
            "tasks.kosc: a task has data, or dataset, or models",
        ),
        (
            ["tasks", "vital_simple", "methods"],
            ["cnf_mpl"],
            "did you mean cnf_mlp? known: cnf_equivariant, cnf_param2tok",
        ),
        (
            ["tasks", "nsynth", "models"],
            "kosc",
            "tasks.nsynth.models: unknown name kosc; known: vit",
        ),
        (
            ["tasks", "jx10", "plugin"],
            "jx11",
            "tasks.jx10.plugin: unknown name jx11; did you mean jx1",
        ),
        (["scales", "laptop", "tasks"], ["kosk"], "unknown name kosk; did you mean kosc? known:"),
        (
            ["published_checkpoints", "vital"],
            ["random"],
            "unknown name random; known: cnf_equivariant",
        ),
        (["seeds"], 3, "seeds: a list is wanted, such as --config seeds=[3]"),
        (["scales", "laptop", "k"], [0], "less than the minimum of 1"),
        (["scales", "laptop", "seeds"], 0, "seeds: 0 is not of type 'array' (Seeds of training"),
        (["scales", "laptop", "job", "gpu"], 65, "scales.laptop.job.gpu: 65 is greater"),
    ],
)
def test_bad_settings_are_explained(settings, path, value, message):
    node = settings
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    found = problems(settings)
    assert len(found) == 1
    assert message in found[0]


def test_missing_setting_is_named(settings):
    del settings["scales"]["paper"]["k"]
    assert problems(settings) == [
        "scales.paper: 'k' is a required property (The published study, on a GPU.)"
    ]


def test_every_problem_is_listed(settings):
    bad = copy.deepcopy(settings) | {"scale": "laptpo", "unheard": 1, "of": 2}
    assert len(problems(bad)) == 3
    with pytest.raises(ValueError, match=r"unheard.*; of.*; scale: unknown value laptpo"):
        checked(bad)


def test_seeds_of_a_command_line_are_words_and_hold_at_every_scale(settings):
    content = checked(settings | {"seeds": ["0", "12"]}).content
    assert {tuple(scale["seeds"]) for scale in content["scales"].values()} == {(0, 12)}


def test_every_leaf_of_the_schema_is_described_and_closed(schema):
    def check(node: dict[str, Any], name: str) -> None:
        for key, child in node.get("properties", {}).items():
            assert "description" in child, f"{name}.{key} has no description"
            check(child, f"{name}.{key}")
        if node.get("type") == "object":
            others = node["additionalProperties"]
            assert others is False or "description" in others, f"{name} takes any key"
            if others:
                check(others, f"{name}.*")

    check(schema, "settings")


def test_a_new_task_needs_no_new_schema(settings):
    settings["tasks"]["ksin_long"] = {
        "label": "long",
        "data": "ksin",
        "overrides": ["data.signal_length=4096"],
    }
    settings["scales"]["smoke"]["tasks"] = ["ksin_long"]
    assert problems(settings) == []


def test_a_method_without_an_experiment_file_is_named(settings, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    (tmp_path / "configs/experiment/toy/cnf_mlp.yaml").unlink()
    monkeypatch.setattr("workflow.settings.CONFIG_DIR", tmp_path / "configs")
    assert problems(settings) == [
        "configs/experiment/toy/cnf_mlp.yaml: no such file; src/study/methods.py names it"
    ]


def test_hint_asks_only_for_a_name_that_is_near():
    assert hint("laptpo", ["smoke", "laptop"]) == "did you mean laptop? known: smoke, laptop"
    assert hint("universe", ["smoke", "laptop"]) == "known: smoke, laptop"
