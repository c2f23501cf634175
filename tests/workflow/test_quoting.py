"""Names and values from files and settings reach programs as they are, and no shell reads them."""

import json
import random
import re
import shlex
from pathlib import Path

import pytest

from src.runs.configuration import compose, hydra_string
from tests.workflow.repository import Repository

ROOT = Path(__file__).parents[2]
# What a shell, Hydra or OmegaConf would act upon.
NASTY = "a b'c\"d;e$(touch x)`touch y`${HOME}\\|&*,[1]{k:v}=ä#"


@pytest.mark.parametrize(
    "text", ["", NASTY, "\\", 'a\\"', "\\\\${a}\\", "${now:%Y}", "null", "1", " a "]
)
def test_any_text_survives_a_hydra_override(text):
    assert _through_hydra(text) == text


def test_random_text_survives_a_hydra_override():
    draw = random.Random(0)
    for _ in range(20):
        text = "".join(draw.choices("ab \"'\\${}[]():,=;", k=draw.randint(1, 12)))
        assert _through_hydra(text) == text, repr(text)


def test_line_breaks_are_refused():
    with pytest.raises(ValueError, match="line breaks"):
        hydra_string("a\nb")


def _through_hydra(text):
    words = [
        "dataset=jx10",
        "scale=smoke",
        "output=shard.h5",
        f"dataset.plugin={hydra_string(text)}",
    ]
    return compose("render", words).dataset.plugin


def test_every_word_of_a_rule_s_command_is_quoted():
    """Names from files, settings and paths stand in commands as {name:q}."""
    allowed = {"threads", "params.until_saved"}  # a number, a text of ours
    for file in sorted((ROOT / "workflow/rules").glob("*.smk")):
        text = file.read_text(encoding="utf-8")
        for command in re.findall(r"^ +shell:\n((?: +\".*\"\n)+)", text, flags=re.MULTILINE):
            for word in re.findall(r"\{([^{}]+)\}", command):
                assert word.endswith(":q") or word in allowed, f"{file.name}: {{{word}}}"


@pytest.mark.parametrize(
    "forbidden",
    [
        r"shell=True",
        r"os\.system\(",
        r"allow_pickle=True",
        r"(load|fit)\w*\([^)]*weights_only=False",
        r"yaml\.(unsafe_|full_)?load\(",
        r"pickle\.(loads?|Unpickler)\b|from pickle import",  # its errors may be caught
        r"torch\.load\((?![^)]*weights_only=True)",
        r"(?<![\w.])(eval|exec)\(",
    ],
)
def test_nothing_in_the_code_runs_what_a_file_says(forbidden):
    files = [
        *ROOT.glob("src/**/*.py"),
        *ROOT.glob("workflow/**/*.py"),
        *ROOT.glob("benchmarks/*.py"),
    ]
    assert len(files) > 100
    for file in files:
        found = re.search(forbidden, file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert found is None, f"{file}: {found}"


def test_a_folder_of_sounds_with_a_hostile_name_reaches_the_program_as_it_is(tmp_path):
    """The shell of a rule gets a name from the settings; nothing but the rule's program runs."""
    fresh = Repository.copied_to(tmp_path / "repository")
    folder = fresh.folder / "a b'c\"d; touch x $(touch y) `touch z`"
    folder.mkdir()
    (folder / "one.wav").write_bytes(b"no sound")
    like = fresh.folder / "results/smoke/vital/data/test.h5"
    target = "results/smoke/nsynth/data/test.h5"
    fresh.edit(
        "configs/workflow.yaml",
        "nsynth: {label: NSynth, models: surge_full, folder: null}",
        f"nsynth: {{label: NSynth, models: vital, folder: {json.dumps(str(folder))}}}",
    )
    like.parent.mkdir(parents=True)
    like.write_bytes(b"no data")
    words = [target, "--config", "scale=smoke", "--allowed-rules", "recordings"]
    output = fresh.snakemake("--cores", "1", "--printshellcmds", *words)
    log = (fresh.folder / "results/smoke/nsynth/data/recordings.log").read_text(encoding="utf-8")
    assert "test.h5" in log or folder.name in log, output.stderr  # the program's own complaint
    assert shlex.quote(str(folder)) in output.stdout + output.stderr
    assert not [name for name in "xyz" if (fresh.folder / name).exists()]
