"""Targets are parsed when Snakemake starts: a typo gets one sentence with what was meant."""

import re

import pytest
from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, ResourceSettings

from tests.workflow.repository import ROOT, Repository
from workflow.targets import Targets

RUN = "results/laptop/kosc/k4-symmetric/cnf_mlp/seed0"


@pytest.fixture(scope="module")
def targets():
    """The targets of the shipped settings, of a workflow that is read once."""
    with SnakemakeApi(OutputSettings(quiet=set())) as api:
        read = api.workflow(
            snakefile=ROOT / "Snakefile", resource_settings=ResourceSettings(cores=1)
        )
        workflow = read._workflow  # the interface has no word for its rules
        yield Targets(workflow, workflow.globals["products"])


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("lsd", "ask for figures/lsd.pdf"),
        ("verfiy", "no rule; did you mean verify? known: publish_results, verify"),
        ("figurs/lsd.pdf", "unknown folder figurs; did you mean figures? known: figures, results"),
        ("figures/lsd_kosc.pdf", "unknown figure lsd_kosc; did you mean lsd_ksin?"),
        ("figures/lsd.pgn", "unknown kind of file pgn; known: pdf, png"),
        ("figures/vital/spectrogram.pdf", "did you mean vital/spectrograms? known: vital/audio_m"),
        ("figures/vitel/spectrograms.pdf", "unknown task vitel; did you mean vital?"),
        ("results/laptpo/tables/kosc.csv", "unknown scale laptpo; did you mean laptop?"),
        ("results/laptop/tables/kosk.csv", "unknown table kosk; did you mean kosc?"),
        (RUN.replace("kosc", "kosk"), "unknown task kosk; did you mean kosc?"),
        (RUN.replace("k4", "k5"), "unknown k 5; scale laptop has k 2, 4"),
        (RUN.replace("k4-symm", "k4-sym"), "did you mean k4-symmetric? known: k2-symmetric"),
        (
            RUN.replace("mlp", "mpl"),
            "unknown method cnf_mpl; did you mean cnf_mlp? known: cnf_equi",
        ),
        (RUN.replace("/kosc/", "/ksin/").replace("mlp", "mlp_none"), "did you mean cnf_mlp?"),
        (RUN.replace("cnf_mlp", "cnf_mlp_none"), "cnf_mlp_none is cnf_mlp at scale laptop"),
        (RUN.replace("seed0", "seed01"), "unknown seed seed01; expected seed0 to seed4294967295"),
        (f"{RUN}/score.parquet", "unknown file score.parquet; did you mean scores.parquet? known:"),
        ("results/smoke/vitel/data/train.h5", "unknown task vitel; did you mean vital?"),
        ("results/smoke/vital/data/trian.h5", "unknown file trian.h5;"),
        ("results/smoke/vital/cnf_mpl/seed0/scores.parquet", "did you mean cnf_mlp?"),
        ("results/smoke/surge_full/ast_sorted/seed0/model.ckpt", "unknown method ast_sorted;"),
        (
            "results/from_scores/laptop/tables/kosc.csv",
            "with start=nothing results lie in results/",
        ),
    ],
)
def test_a_mistyped_target_is_explained(targets, target, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)) as refusal:
        targets.check(target)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "target",
    [
        "all",
        "verify",
        "figures/lsd.png",
        "figures/vital/spectrograms.pdf",
        f"{RUN}/scores.parquet",
        f"{RUN}/train.log",
        "results/paper/ksin_shifted/k32-asymmetric/ffn_sort/seed7/model.ckpt",
        "results/smoke/tables/vital_paired.tex",
        "results/smoke/surge_full/data/train/shard-0001.h5",
        "results/paper/nsynth/random/seed0/scores.parquet",
        "results/smoke/vital/ast_pretrained/seed0/model.ckpt",
        "results/laptop/listen/index.html",
    ],
)
def test_what_can_be_made_is_a_target(targets, target):
    targets.check(target)


def test_a_mistyped_target_ends_snakemake_with_the_sentence(fresh):
    output = fresh.refusal("figures/lsd.pdf", "figurs/lsd.pdf")
    assert "nothing makes figurs/lsd.pdf: unknown folder figurs; did you mean figures?" in output


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (["scale=laptpo"], "scale: unknown value laptpo; did you mean laptop? known: smoke, lap"),
        (["seeds=3"], "seeds: a list is wanted, such as --config seeds=[3]"),
        (["seeds=[0,one]"], "'one' is not of type 'integer'"),
        (["sedes=[0]"], "sedes: unknown setting; did you mean seeds?"),
    ],
)
def test_mistyped_settings_are_explained(fresh, settings, sentence):
    assert sentence in fresh.refusal("--config", *settings)


def test_a_shard_that_is_not_there(fresh):
    output = fresh.refusal("results/smoke/vital/data/train/shard-0009.h5")
    assert "vital has the train shards 0000 to 0001 at scale smoke, not 0009" in output


def test_a_broken_table_of_a_synthesizer_is_found_by_a_dry_run(tmp_path):
    repository = Repository.copied_to(tmp_path / "repository")
    table = repository.folder / "configs/synth/vital/small.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",continuous,", ",continous,", 1))
    for target in ("all", "results/smoke/vital/ast/seed0/model.ckpt"):
        output = repository.refusal(target, "--config", "scale=smoke")
        assert "small.csv" in output
        assert "continous" in output


def test_from_another_folder_with_results_in_the_working_directory(tmp_path):
    repository = Repository.copied_to(tmp_path / "repository")
    elsewhere, chosen = tmp_path / "elsewhere", tmp_path / "chosen"
    elsewhere.mkdir()
    snakefile = str(repository.folder / "Snakefile")
    words = ["-s", snakefile, "--cores", "1", "--config", "scale=smoke", "start=nothing"]
    target = "results/smoke/kosc/k2-symmetric/random/seed0/scores.parquet"
    for where, more in ((elsewhere, []), (chosen, ["--directory", str(chosen)])):
        started = Repository(elsewhere)
        result = started.snakemake(target, *words, *more)
        assert result.returncode == 0, result.stdout + result.stderr
        assert (where / target).is_file()
    assert not (repository.folder / "results").exists()
