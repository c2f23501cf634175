"""Numbers of a configuration: nonsense is refused with its key, whatever is shipped is not."""

import pytest
from omegaconf import OmegaConf

from src.runs.configuration import compose
from src.runs.ranges import check_ranges


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("data.k=four", "data.k: expected a whole number of at least 1, got four"),
        ("data.k=0", "data.k: expected a whole number"),
        ("scale.steps=0", "scale.steps: expected a whole number of at least 1, got 0"),
        ("scale.sizes=[32,0,32]", "scale.sizes: expected a whole number of at least 1, got 0"),
        ("data.batch_size=0", "data.batch_size: expected"),
        ("trainer.max_steps=-1", "trainer.max_steps: -1 would train for ever"),
        ("resume.every_minutes=nan", "resume.every_minutes: expected a number above 0, got nan"),
        ("seed=-1", "seed: expected a whole number from 0 to 4294967295, got -1"),
        ("seed=1.5", "seed: expected a whole number"),
        ("seed=true", "seed: expected a whole number"),
        ("evaluation.steps=0", "evaluation.steps: expected"),
        ("evaluation.guidance=nan", "evaluation.guidance: expected a finite number, got nan"),
        ("scale.optimizer.lr=nan", "scale.optimizer.lr: expected a number above 0, got nan"),
        ("scale.optimizer.lr=-1e-3", "scale.optimizer.lr: expected a number above 0"),
        ("optimizer.lr=1e-3", "optimizer.lr: cannot be set here, .*; set scale.optimizer.lr"),
        ("model.network.cfg_dropout_rate=2", "cfg_dropout_rate: expected a number from 0 to 1"),
        (
            "data.break_strength=1.5",
            "break_strength: expected a number from 0 to 1 or null, got",
        ),
        ("data.condition_weight=-1", "condition_weight: expected a number of at least 0, got -1"),
        ("test=maybe", "test: expected true or false, got maybe"),
    ],
)
def test_nonsense_is_refused_with_its_key(override: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        compose("eval", ["experiment=toy/cnf_mlp", override])


def test_epochs_may_end_a_training_in_place_of_steps() -> None:
    words = ["experiment=toy/cnf_mlp", "trainer.max_steps=-1", "trainer.max_epochs=3"]
    assert compose("train", words).trainer.max_steps == -1


def test_interpolations_and_unset_values_are_passed_over() -> None:
    check_ranges(OmegaConf.create({"a": {"steps": "${b.steps}"}, "b": {"steps": 3}, "k": "???"}))
