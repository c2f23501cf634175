"""What one real run of the workflow leaves behind."""

import json
import re

import pandas as pd
import pytest
import yaml

RUN = "results/smoke/kosc/k2-asymmetric/cnf_param2tok/seed0"
RANDOM = "results/smoke/kosc/k2-asymmetric/random/seed0"
EVALUATED = ["scores.parquet", "evaluation.json", "evaluate.log", "evaluate.benchmark.tsv"]
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
        f"results/smoke/tables/{name}{kind}.{suffix}"
        for name in ("kosc", "couplings")
        for kind in ("", "_paired")
        for suffix in ("csv", "md", "tex")
    ]
    assert [name for name in files if not (smoke.folder / name).stat().st_size] == []


def test_table_of_runs_has_every_run(smoke):
    table = pd.read_csv(smoke.folder / "results/smoke/tables/runs.csv")
    folders = list(smoke.folder.glob("results/smoke/*/k*/*/seed*"))
    assert len(table) == len(folders) == 2 * 5  # conditions; methods and one more coupling


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
    counts = scores.groupby(["method", "symmetry", "k", "seed"], observed=True)["item"].nunique()
    assert len(counts) == 4 * 2  # methods and conditions
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


@pytest.fixture(scope="module")
def report(smoke, tmp_path_factory):
    """The page of the report, made without a network."""
    page = tmp_path_factory.mktemp("report") / "report.html"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            patch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
        result = smoke.snakemake("all", "--report", str(page), "--config", "scale=smoke")
    assert result.returncode == 0, result.stdout + result.stderr
    return page.read_text(encoding="utf-8")


def content(report):
    """What the page shows: facts and content by the path of each file."""
    script = report.split('<script id="results">')[1]
    return json.JSONDecoder().raw_decode(script[script.index("{") :])[0]


def test_the_report_is_one_page_with_every_figure_and_table(smoke, report):
    results = smoke.folder / "results/smoke"
    made = [*results.glob("figures/*.pdf"), *results.glob("tables/*.csv")]
    assert set(content(report)) == {path.relative_to(smoke.folder).as_posix() for path in made}
    assert all(item["data_uri"].startswith("data:") for item in content(report).values())
    assert not re.search(r"<(script|img|iframe)\b[^>]*\ssrc=.?https?:|<link\b[^>]*\shref=", report)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("figures/lsd.pdf", ["Fig. 3 of the paper", "96 test sounds", "95 %", "seeds 0"]),
        (
            "figures/parameter_error.pdf",
            ["by src.analysis.figures.distance_over_k from results/smoke/kosc/scores.parquet."],
        ),
        ("figures/training_curves.pdf", ["Not in the paper", "validation sounds", "seeds 0"]),
        ("tables/kosc.csv", ["Fig. 3 of the paper", "96 test sounds", "95 %", "seeds 0"]),
        ("tables/kosc_paired.csv", ["Not in the paper", "96 test sounds", "95 %", "seeds 0"]),
    ],
)
def test_captions_say_what_stands_behind_a_number(report, name, words):
    caption = re.sub("<[^>]*>", "", content(report)[f"results/smoke/{name}"]["caption"])
    assert [word for word in words if word not in " ".join(caption.split())] == []
