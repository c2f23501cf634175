"""A method is known in three places: its line, its experiment, and the model that it trains."""

import re

import pytest
import yaml

from src.common.project import CONFIG_DIR, ROOT
from src.study.methods import METHODS

# Besides, modules about single methods: which model matches sounds, whose learnt assignments,
# solvers and candidates are shown.
ABOUT_SINGLE_METHODS = {
    "cnf_param2tok": {"src/matching/model.py", "workflow/inputs.py", "workflow/runs.py"},
    "cnf_mlp": {"workflow/runs.py"},
}
CODE = [
    ROOT / "Snakefile",
    *ROOT.glob("workflow/**/*.smk"),
    *ROOT.glob("workflow/**/*.py"),
    *ROOT.glob("src/**/*.py"),
]


@pytest.mark.parametrize("name", [name for name in METHODS if METHODS[name].is_trained])
def test_code_names_a_method_in_its_line_alone(name):
    quoted = re.compile(rf"""["']{name}["']""")
    naming = set()
    for file in CODE:
        statements = re.sub(r'"""(.|\n)*?"""', "", file.read_text(encoding="utf-8"))
        if quoted.search(statements):
            naming.add(file.relative_to(ROOT).as_posix())
    assert naming == {"src/study/methods.py", *ABOUT_SINGLE_METHODS.get(name, ())}


@pytest.mark.parametrize("name", METHODS)
def test_an_experiment_for_each_kind_of_task_names_the_model(name):
    files = sorted(CONFIG_DIR.glob(f"experiment/*/{name}.yaml"))
    assert {file.parent.name for file in files} == set(METHODS[name].kinds)
    for file in files:
        defaults = yaml.safe_load(file.read_text(encoding="utf-8"))["defaults"]
        models = [next(iter(entry.values())) for entry in defaults if isinstance(entry, dict)]
        inherited = [entry for entry in defaults if entry != "_self_" and isinstance(entry, str)]
        assert inherited or any((CONFIG_DIR / f"model/{model}.yaml").is_file() for model in models)
