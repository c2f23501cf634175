"""The graph of jobs: what is planned for a target, and what a change runs again."""

import re

import pytest

# Symmetric and asymmetric task times numbers of oscillators.
CELLS = {"smoke": 2 * 1, "laptop": 2 * 2, "paper": 2 * 4}
TRAINED, UNTRAINED = 6, 1
MADE = 3  # methods that are trained in the repository `smoke`
OTHER_COUPLINGS = 1  # at scale smoke: cnf_mlp_permutation


@pytest.mark.parametrize("scale", CELLS)
def test_jobs_of_the_main_figure(fresh, scale):
    assert fresh.planned("figures/lsd.pdf", scale=scale) == {
        "train": CELLS[scale] * TRAINED,
        "evaluate": CELLS[scale] * (TRAINED + UNTRAINED),
        "gather": 1,
        "lsd": 1,
        "show": 1,
    }


# Toy tasks, rendered tasks, folders of recordings; figures a task of each kind has.
TASKS = {"smoke": (1, 1, 0), "laptop": (3, 1, 0), "paper": (3, 2, 2)}
TOY_FIGURES, STUDIED, RENDERED_FIGURES, RECORDED_FIGURES = 2, 3, 5, 2


@pytest.mark.parametrize("scale", TASKS)
def test_everything_can_be_planned_so_every_experiment_composes(fresh, scale):
    jobs = fresh.planned("all", scale=scale)
    toy, rendered, recorded = TASKS[scale]
    assert jobs["tables"] == toy + rendered + recorded + 1  # of the study
    figures = toy * TOY_FIGURES + STUDIED + rendered * RENDERED_FIGURES
    assert jobs["show"] == figures + recorded * RECORDED_FIGURES
    others = 3 * 2 * 2  # methods of the study, other variants, conditions
    others += 0 if scale == "smoke" else 2 * 2  # seeds of learnt assignments, conditions
    assert jobs["evaluate"] == CELLS[scale] * toy * (TRAINED + UNTRAINED) + others


def test_variants_that_change_nothing_are_the_methods_themselves(fresh):
    jobs = fresh.planned("results/laptop/tables/couplings.csv", scale="laptop")
    assert jobs["train"] == 3 * 3 * 2  # methods, variants, conditions
    more = fresh.planned(
        "results/laptop/tables/couplings.csv", "results/laptop/tables/kosc.csv", scale="laptop"
    )
    assert more["train"] == jobs["train"] + TRAINED * CELLS["laptop"] - 3 * 2


def test_methods_beside_are_run_in_both_conditions_and_variants_where_the_study_says(fresh):
    jobs = fresh.planned("figures/quasi_symmetry.pdf", scale="laptop")
    assert jobs["train"] == 5 * (3 + 2)  # methods, variants in one condition, ends
    assert jobs["quasi_symmetry"] == 1


def test_one_table_alone_and_a_target_of_another_scale(fresh):
    jobs = fresh.planned("results/smoke/tables/ksin.tex", scale="paper")
    assert jobs["train"] == CELLS["smoke"] * TRAINED
    assert jobs["tables"] == 1
    assert "show" not in jobs


def test_several_gpus_are_one_setting_and_only_trainings_share_them(fresh, tmp_path):
    target = "results/paper/kosc/k4-symmetric/cnf_mlp/seed0/scores.parquet"
    settings = tmp_path / "settings.yaml"
    settings.write_text("scales: {paper: {job: {gpu: 4}}}")
    words = ["--dry-run", "--printshellcmds", target, "--resources", "gpu=4", "--configfile"]
    output = fresh.snakemake(*words, str(settings))
    jobs = re.split(r"Job \d+: ", output.stdout + output.stderr)
    asked = {text.split(":", maxsplit=1)[0]: text for text in jobs}
    assert "trainer.devices=4" in asked["train"]
    assert "trainer.devices" not in asked["evaluate"]


def test_nothing_is_made_twice(smoke):
    assert smoke.planned("all") == {}


def test_the_time_of_a_file_alone_changes_nothing(changeable):
    for file in changeable.folder.glob("src/**/*.py"):
        file.touch()
    for file in changeable.folder.glob("configs/**/*.yaml"):
        file.touch()
    assert changeable.planned("all") == {}


def test_another_evaluation_trains_nothing(changeable):
    changeable.edit("configs/scale/smoke.yaml", "evaluation: {steps: 2,", "evaluation: {steps: 3,")
    jobs = changeable.planned("all")
    assert jobs == {
        "evaluate": CELLS["smoke"] * (MADE + UNTRAINED + OTHER_COUPLINGS),
        "gather": 2,
        "tables": 2,
        "runs_table": 1,
        "benchmarks_table": 1,
        "lsd": 1,
        "parameter_error": 1,
        "couplings": 1,
        "show": 3,
        "all": 1,
    }


def test_a_source_file_reruns_what_imports_it(changeable):
    network = changeable.folder / "src/models/components/residual_mlp.py"
    network.write_text(network.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    jobs = changeable.planned("all")
    assert jobs["train"] == CELLS["smoke"] * (1 + OTHER_COUPLINGS)  # of cnf_mlp
    assert jobs["evaluate"] == jobs["train"]


FIGURES = {"lsd", "parameter_error", "training_curves", "param2tok_kosc", "couplings", "show"}
ABOUT = {"benchmarks_table", "all"}  # which follow everything


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("predict.py", set()),
        ("rendering/pool.py", set()),
        ("listen/page.py", set()),
        ("models/components/ast.py", set()),
        ("analysis/figures/training_curves.py", {"training_curves", "show", *ABOUT}),
        ("analysis/figures/style.py", FIGURES | ABOUT),
    ],
)
def test_an_edit_runs_again_what_reaches_it_and_nothing_else(changeable, module, rules):
    """Nothing of the toy study reaches what predicts, renders and plays sounds of synthesizers."""
    file = changeable.folder / "src" / module
    file.write_text(file.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert set(changeable.planned("all")) == rules


def test_one_more_seed_leaves_the_others_alone(changeable):
    settings = changeable.folder / "configs/workflow.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("    seeds: [0]", "    seeds: [0, 7]", 1), encoding="utf-8")
    jobs = changeable.planned("results/smoke/tables/kosc.csv")
    assert jobs["train"] == CELLS["smoke"] * MADE


def test_scales_stand_side_by_side(smoke):
    """Another scale is drawn anew and copied over figures/, with the first one's results kept."""
    assert smoke.planned("figures/lsd.pdf", scale="laptop")["show"] == 1
    assert smoke.planned("results/smoke/figures/lsd.pdf", scale="laptop") == {}
