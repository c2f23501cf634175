"""What one real run of the workflow leaves behind."""

import json
import zipfile

import pandas as pd
import yaml

RUN = "results/smoke/kosc/k2-asymmetric/cnf_param2tok/seed0"
RANDOM = "results/smoke/kosc/k2-asymmetric/random/seed0"
EVALUATED = ["scores.parquet", "evaluation.json", "eval.log", "eval.benchmark.tsv"]
TRAINED = [
    "model.ckpt",
    "config.yaml",
    "history.csv",
    "run.json",
    "provenance.json",
    "train.log",
    "train.benchmark.tsv",
]


FIGURES = ["lsd", "parameter_error", "param2tok_kosc", "training_curves", "couplings"]


def test_every_figure_and_table_is_there(smoke):
    files = [f"figures/{name}.{suffix}" for name in FIGURES for suffix in ("pdf", "png")]
    files += [
        f"results/smoke/tables/kosc{kind}.{suffix}"
        for kind in ("", "_paired")
        for suffix in ("csv", "md", "tex")
    ]
    assert [name for name in files if not (smoke.folder / name).stat().st_size] == []


def test_table_of_runs_has_every_run(smoke):
    table = pd.read_csv(smoke.folder / "results/smoke/tables/runs.csv")
    folders = list(smoke.folder.glob("results/smoke/*/k*/*/seed*"))
    assert len(table) == len(folders) == 2 * 8  # conditions; methods and one more coupling


def test_a_run_folder_holds_what_it_takes_to_understand_the_run(smoke):
    trained = {path.name for path in (smoke.folder / RUN).iterdir()}
    assert trained == {*TRAINED, *EVALUATED}
    assert {path.name for path in (smoke.folder / RANDOM).iterdir()} == set(EVALUATED)


def test_the_composed_configuration_is_what_the_path_says(smoke):
    config = yaml.safe_load((smoke.folder / RUN / "config.yaml").read_text(encoding="utf-8"))
    assert config["seed"] == 0
    assert config["data"]["k"] == 2
    assert config["data"]["break_symmetry"] is True
    assert config["scale"]["name"] == "smoke"
    assert config["task"]["name"] == "kosc"


def test_a_run_says_what_it_took(smoke):
    run = json.loads((smoke.folder / RUN / "run.json").read_text(encoding="utf-8"))
    assert run["steps"] == 6
    assert all(run[name] > 0 for name in ("seconds", "steps_per_second", "peak_memory_mb"))


def test_scores_hold_every_test_item_of_every_run(smoke):
    config = yaml.safe_load((smoke.folder / RUN / "config.yaml").read_text(encoding="utf-8"))
    items = config["data"]["train_val_test_sizes"][2]
    scores = pd.read_parquet(smoke.folder / "results/smoke/kosc/scores.parquet")
    counts = scores.groupby(["experiment", "symmetry", "k", "seed"], observed=True)[
        "item"
    ].nunique()
    assert len(counts) == 7 * 2
    assert set(counts) == {items}
    assert not scores[["lsd", "lac", "mse", "chamfer"]].isna().any(axis=None)


def test_figures_are_copies_of_the_scale(smoke):
    published = (smoke.folder / "figures/lsd.pdf").read_bytes()
    assert published == (smoke.folder / "results/smoke/figures/lsd.pdf").read_bytes()
    assert published.startswith(b"%PDF")


def test_long_work_tells_of_its_progress(smoke):
    log = (smoke.folder / RUN / "train.log").read_text(encoding="utf-8")
    assert "step 3/6" in log
    assert "step 6/6" in log


def test_the_report_says_what_its_figures_show(smoke, tmp_path):
    archive = tmp_path / "report.zip"
    result = smoke.snakemake("all", "--report", str(archive), "--config", "scale=smoke")
    assert result.returncode == 0, result.stdout + result.stderr
    with zipfile.ZipFile(archive) as report:
        page = next(name for name in report.namelist() if name.endswith("report.html"))
        text = report.read(page).decode()
    assert "Fig. 3 of the paper" in text
    assert "96 test sounds" in " ".join(text.split())
