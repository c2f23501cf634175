"""The workflow's settings: what is shipped is valid, what is mistyped is explained."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from workflow.known_names import experiment_problems, hint, settings_problems

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "configs/workflow.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    path = ROOT / "workflow/schemas/workflow.schema.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_shipped_settings_are_valid(settings, schema):
    assert settings_problems(settings, schema) == []
    assert experiment_problems(settings, ROOT / "configs/experiment") == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["scael"], "laptop", "scael: unknown setting; did you mean scale? known: scale, start"),
        (["scale"], "laptpo", "scale: unknown value laptpo; did you mean laptop? known: smoke,"),
        (["scales", "laptop", "sedes"], [0], "scales.laptop.sedes: unknown setting; did you mean"),
        (["scales", "huge"], {}, "scales.huge: unknown setting; known: smoke, laptop, paper"),
        (
            ["scales", "paper", "couplings", "couplings"],
            ["minibatches"],
            "did you mean minibatch? known: none,",
        ),
        (["scales", "laptop", "k"], [0], "less than the minimum of 1"),
        (["scales", "laptop", "seeds"], 0, "seeds: 0 is not of type 'array' (Seeds of training"),
        (["scales", "laptop", "job", "gpu"], 65, "scales.laptop.job.gpu: 65 is greater"),
    ],
)
def test_bad_settings_are_explained(settings, schema, path, value, message):
    node = settings
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    problems = settings_problems(settings, schema)
    assert len(problems) == 1
    assert message in problems[0]


def test_missing_setting_is_named(settings, schema):
    del settings["scales"]["paper"]["k"]
    assert settings_problems(settings, schema) == [
        "scales.paper: 'k' is a required property (The published study, on a GPU.)"
    ]


def test_every_problem_is_listed(settings, schema):
    bad = copy.deepcopy(settings) | {"scale": "laptpo", "unheard": 1, "of": 2}
    assert len(settings_problems(bad, schema)) == 3


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


def test_a_new_task_needs_no_new_schema(settings, schema):
    settings["tasks"]["ksin_long"] = {"group": "ksin", "overrides": ["data.signal_length=4096"]}
    settings["scales"]["smoke"]["tasks"] = ["ksin_long"]
    assert settings_problems(settings, schema) == []
    assert experiment_problems(settings, ROOT / "configs/experiment") == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["tasks", "kosc", "group"], "ksine", "did you mean ksin? known: kosc, ksin"),
        (["scales", "laptop", "tasks"], ["kosk"], "unknown task kosk; did you mean kosc? known:"),
    ],
)
def test_unknown_tasks_and_groups_are_named_with_the_known_ones(settings, path, value, message):
    node = settings
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    problems = experiment_problems(settings, ROOT / "configs/experiment")
    assert message in problems[0]


def test_experiments_without_a_file_are_named_with_the_known_ones(settings):
    settings["methods"]["trained"] = ["cnf_mpl"]
    problems = experiment_problems(settings, ROOT / "configs/experiment")
    assert problems[0].startswith(
        "methods.trained: cnf_mpl is no experiment of kosc; did you mean cnf_mlp? known: "
    )


def test_hint_asks_only_for_a_name_that_is_near():
    assert hint("laptpo", ["smoke", "laptop"]) == "did you mean laptop? known: smoke, laptop"
    assert hint("universe", ["smoke", "laptop"]) == "known: smoke, laptop"
