"""Which settings and which code a training and an evaluation depend on."""

import subprocess
import sys
from pathlib import Path

import pytest

from src.runs import dependence
from workflow import identity

ROOT = Path(__file__).resolve().parents[2]

RUN = ("experiment=toy/cnf_mlp", "scale=smoke")


def reruns(*overrides):
    """Say what some overrides run again; a new training brings a new evaluation with it."""
    after = (*RUN, *overrides)
    if identity.training_settings(RUN) != identity.training_settings(after):
        return "training"
    if identity.evaluation_settings(RUN) != identity.evaluation_settings(after):
        return "evaluation"
    return "nothing"


@pytest.mark.parametrize(
    ("override", "stage"),
    [
        ("scale.optimizer.lr=0.5", "training"),
        ("scale.steps=7", "training"),
        ("scale.validation.steps=7", "training"),
        ("scale.residual_mlp.d_model=24", "training"),
        ("scale.sizes=[192,32,96]", "training"),  # fewer validation items
        ("scale.sizes=[192,64,128]", "evaluation"),  # more test items
        ("data.train_val_test_seeds=[123,456,0]", "evaluation"),
        ("scale.evaluation.steps=7", "evaluation"),
        ("scale.evaluation.guidance=1.5", "evaluation"),
        ("scale.transformer.d_model=24", "nothing"),  # another method's network
        ("logger.name=x", "nothing"),
    ],
)
def test_a_setting_reruns_what_depends_on_it(override, stage):
    assert reruns(override) == stage


def test_each_method_has_its_own_settings_and_code():
    mlp, equivariant = RUN, ("experiment=toy/cnf_equivariant", "scale=smoke")
    assert identity.training_settings(mlp) != identity.training_settings(equivariant)
    assert identity.training_code(mlp) != identity.training_code(equivariant)


def test_facts_for_captions():
    assert identity.test_items((*RUN, "scale.sizes=[192,64,77]")) == 77


RENDERED = ("experiment=rendered/ast", "dataset=vital", "scale=smoke")
OTHERS = {"src.listen", "src.match", "src.recordings", "src.score"}


@pytest.mark.parametrize(
    ("found", "reached", "unreached"),
    [
        (
            lambda: identity.training_modules(RUN),
            {"src.train", "src.data.toy.task", "src.models.components.residual_mlp"},
            {"src.predict", "src.rendering", "src.analysis", "src.matching", "src.data.rendered"}
            | {"src.models.components.ast", "src.runs.sampling_study", "src.synths.vital", *OTHERS},
        ),
        (
            lambda: identity.training_modules(RENDERED),
            {"src.train", "src.data.rendered.task", "src.models.components.ast"},
            {"src.predict", "src.rendering", "src.analysis", "src.matching", *OTHERS},
        ),
        (
            lambda: identity.evaluation_modules(RUN),
            {"src.eval", "src.metrics.functional", "src.flow.solver"},
            {"src.train", "src.predict", "src.rendering", "src.analysis", *OTHERS},
        ),
        (
            lambda: identity.evaluation_modules(RENDERED),
            {"src.predict", "src.rendering.pool", "src.rendering.worker", "src.synths.vital"},
            {"src.train", "src.analysis", "src.matching", "src.runs.sampling_study", *OTHERS},
        ),
        (
            lambda: dependence.modules("src.score"),
            {"src.score", "src.metrics.audio"},
            {"src.train", "src.models", "src.rendering", "src.synths", "src.analysis.figures"},
        ),
        (
            lambda: dependence.modules("src.analysis.tables"),
            {"src.analysis.tables", "src.study.methods"},
            {"src.train", "src.models", "src.data", "src.analysis.figures", *OTHERS},
        ),
        (
            lambda: dependence.modules("src.analysis.figures.distance_over_k"),
            {"src.analysis.figures.style", "src.study.methods"},
            {"src.train", "src.models", "src.data", "src.analysis.tables", *OTHERS},
        ),
        (
            lambda: dependence.modules("src.listen.page"),
            {"src.listen.page"},
            {"src.listen.collect", "src.train", "src.models", "src.analysis"},
        ),
    ],
)
def test_a_command_depends_on_what_it_reaches_and_on_nothing_else(found, reached, unreached):
    modules = set(found())
    packages = {module.rpartition(".")[0] for module in modules}
    assert reached <= modules
    assert not unreached & (modules | packages)


# Imports a command, and builds what a run's configuration names; prints what that has loaded.
LOADER = """
import importlib, sys
from hydra.utils import instantiate
from src.runs.configuration import compose
command, *overrides = sys.argv[1:]
importlib.import_module(command)
config = compose("train", [*overrides, "paths.output_dir=run"])
callbacks = config.callbacks.values() if command == "src.train" else ()
for node in (config.data, config.model.network, *callbacks):
    instantiate(node, _convert_="all")
print(*(name for name in sys.modules if name.partition(".")[0] == "src"))
"""


@pytest.mark.parametrize(
    ("command", "experiment"),
    [
        ("src.train", "toy/cnf_param2tok"),
        ("src.train", "ksin/baseline"),
        ("src.eval", "toy/cnf_mlp"),
        ("src.eval", "toy/random"),
    ],
)
def test_no_module_that_a_run_loads_is_missed(command, experiment):
    run = (f"experiment={experiment}", "scale=smoke")
    listing = {"src.train": identity.training_modules, "src.eval": identity.evaluation_modules}
    loaded = subprocess.run(
        [sys.executable, "-c", LOADER, command, *run],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert {command, "src.metrics.functional"} <= set(loaded)
    assert set(loaded) <= set(listing[command](run))
