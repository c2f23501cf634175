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
        "collect": 1,
        "lsd": 1,
        "publish": 1,
    }


@pytest.mark.parametrize("scale", ["smoke", "laptop"])  # paper: test_plan.py
def test_everything_can_be_planned_so_every_experiment_composes(fresh, scale):
    jobs = fresh.planned("all", scale=scale)
    tasks = jobs["tables"]
    assert jobs["publish"] == (5 if tasks == 1 else 7)  # figures, two of them of k-sin
    assert jobs["evaluate"] - jobs["train"] == tasks * CELLS[scale] * UNTRAINED


def test_one_table_alone_and_a_target_of_another_scale(fresh):
    jobs = fresh.planned("results/smoke/tables/ksin.tex", scale="paper")
    assert jobs["train"] == CELLS["smoke"] * TRAINED
    assert jobs["tables"] == 1
    assert "publish" not in jobs


def test_several_gpus_are_one_setting_and_only_trainings_share_them(fresh, tmp_path):
    target = "results/paper/kosc/k4-symmetric/cnf_mlp/seed0/scores.parquet"
    settings = tmp_path / "settings.yaml"
    settings.write_text("scales: {paper: {job: {gpu: 4}}}")
    words = ["--dry-run", "--printshellcmds", target, "--resources", "gpu=4", "--configfile"]
    said = fresh.snakemake(*words, str(settings))
    jobs = re.split(r"Job \d+: ", said.stdout + said.stderr)
    asked = {text.split(maxsplit=1)[0]: text for text in jobs}
    assert "trainer.devices=4" in asked["training"]
    assert "trainer.devices" not in asked["scoring"]


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
        "collect": 1,
        "collect_couplings": 1,
        "tables": 1,
        "runs_table": 1,
        "benchmarks_table": 1,
        "lsd": 1,
        "parameter_error": 1,
        "couplings": 1,
        "publish": 3,
        "all": 1,
    }


def test_a_source_file_reruns_what_imports_it(changeable):
    network = changeable.folder / "src/models/components/residual_mlp.py"
    network.write_text(network.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    jobs = changeable.planned("all")
    assert jobs["train"] == CELLS["smoke"] * (1 + OTHER_COUPLINGS)  # of cnf_mlp
    assert jobs["evaluate"] == jobs["train"]


def test_code_of_a_figure_redraws_that_figure(changeable):
    figure = changeable.folder / "src/analysis/figures/training_curves.py"
    figure.write_text(figure.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    jobs = {"training_curves": 1, "publish": 1, "benchmarks_table": 1, "all": 1}
    assert changeable.planned("all") == jobs


def test_one_more_seed_leaves_the_others_alone(changeable):
    settings = changeable.folder / "configs/workflow.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("seeds: [0]", "seeds: [0, 7]", 1), encoding="utf-8")
    jobs = changeable.planned("results/smoke/tables/kosc.csv")
    assert jobs["train"] == CELLS["smoke"] * MADE


def test_scales_stand_side_by_side(smoke):
    """Another scale is drawn anew and copied over figures/, with the first one's results kept."""
    assert smoke.planned("figures/lsd.pdf", scale="laptop")["publish"] == 1
    assert smoke.planned("results/smoke/figures/lsd.pdf", scale="laptop") == {}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "results/laptop/kosc/k5-symmetric/cnf_mpl/seed0/scores.parquet",
            "experiment cnf_mpl is unknown; did you mean cnf_mlp? known: cnf_equivariant",
        ),
        ("results/laptpo/tables/kosc.csv", "scale laptpo is unknown; did you mean laptop?"),
        ("figures/lsd_kosc.pdf", "figure lsd_kosc is unknown; did you mean lsd_ksin?"),
        (
            "results/smoke/ksin/k2-symmetric/cnf_mlp_none/seed0/model.ckpt",
            "ksin has no experiment cnf_mlp_none; did you mean cnf_mlp?",
        ),
    ],
)
def test_a_mistyped_target_is_explained(fresh, target, message):
    said = fresh.refusal(target)
    assert message in said
    assert "MissingInputException" not in said
    assert "MissingRuleException" not in said


def test_a_mistyped_scale_is_explained(fresh):
    said = fresh.refusal("--config", "scale=laptpo")
    assert "scale: unknown value laptpo; did you mean laptop? known: smoke, laptop, paper" in said
