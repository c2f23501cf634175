"""What the numbers of a configuration may be, checked before anything is built.

A range belongs to a name, wherever in the configuration it stands: ``steps`` is a count in
``scale.steps`` as in ``evaluation.steps``. Of a longer name such as ``scale.synth.sizes.train``
the first part counts that has a range. Interpolations are passed over: they take the value of
another key, which is checked there, so that the message names the key that somebody set.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf

_LARGEST_SEED = 2**32 - 1  # of NumPy's and PyTorch's global generators


@dataclass(frozen=True)
class _Range:
    """Which values a key takes.

    Attributes:
        words: what is expected, for the message.
        holds: whether a value lies within.
    """

    words: str
    holds: Callable[[Any], bool]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


_COUNT = _Range("a whole number of at least 1", lambda x: _is_whole(x) and x >= 1)
_STEPS = _Range("at least one solver step, a whole number", _COUNT.holds)
_COUNT_OR_NULL = _Range(f"{_COUNT.words} or null", lambda x: x is None or _COUNT.holds(x))
_AMOUNT = _Range("a whole number of at least 0", lambda x: _is_whole(x) and x >= 0)
_LIMIT = _Range(f"{_AMOUNT.words}, or -1 for no such limit", lambda x: _is_whole(x) and x >= -1)
_SEED = _Range(
    f"a whole number from 0 to {_LARGEST_SEED}", lambda x: _is_whole(x) and 0 <= x <= _LARGEST_SEED
)
_NUMBER = _Range("a finite number", _is_number)
_NUMBER_OR_NULL = _Range(f"{_NUMBER.words} or null", lambda x: x is None or _is_number(x))
_POSITIVE = _Range("a number above 0", lambda x: _is_number(x) and x > 0)
_NOT_NEGATIVE = _Range("a number of at least 0", lambda x: _is_number(x) and x >= 0)
_NOT_NEGATIVE_OR_NULL = _Range(
    f"{_NOT_NEGATIVE.words} or null", lambda x: x is None or _NOT_NEGATIVE.holds(x)
)
_SHARE = _Range("a number from 0 to 1", lambda x: _is_number(x) and 0 <= x <= 1)
_SHARE_OR_NULL = _Range(f"{_SHARE.words} or null", lambda x: x is None or _SHARE.holds(x))
_SWITCH = _Range("true or false", lambda x: isinstance(x, bool))

_NAMES = {
    _COUNT: (
        # of work
        *("k", "steps", "sizes", "train_val_test_sizes", "shard_size", "batch_size"),
        *("predict_batch_size", "validate_every", "log_every", "log_every_n_steps", "T_max"),
        *("sounds", "candidates", "workers", "max_attempts", "verify_every"),
        # of sounds
        *("signal_length", "sample_rate", "channels", "bands", "frames_per_second"),
        # of networks
        *("num_layers", "n_layers", "latent_layers", "regression_layers", "num_blocks"),
        *("d_model", "d_ff", "d_hidden", "d_out", "d_token", "conditioning_dim"),
        *("num_heads", "n_heads", "n_queries", "num_tokens", "num_params", "params_per_token"),
        *("in_channels", "decoder_channels", "strides", "stride", "patch_size"),
    ),
    _STEPS: ("solvers",),
    _COUNT_OR_NULL: ("threads", "every_steps", "d_modulation"),
    _LIMIT: ("max_steps", "max_epochs"),
    _AMOUNT: ("num_workers", "warmup_steps", "beta_steps", "draws", "evaluations"),
    _SEED: ("seed", "train_val_test_seeds"),
    _NUMBER: ("guidance", "min_loudness"),
    _NUMBER_OR_NULL: ("kosc_frequency_range", "frequency_range"),
    _POSITIVE: (
        "lr",
        "lr_scale",
        "lr_scales",
        "every_minutes",
        "duration_s",
        "window_s",
        "timeout_s",
    ),
    _NOT_NEGATIVE: (
        *("weight_decay", "eta_min", "kl_weight", "sigma_min", "projection_penalty"),
        *("assignment_noise", "vector_noise", "condition_weight"),
    ),
    _NOT_NEGATIVE_OR_NULL: ("gradient_clip", "gradient_clip_val"),
    _SHARE: ("cfg_dropout_rate", "decay", "ema_decay"),
    _SHARE_OR_NULL: ("break_strength",),
    _SWITCH: (
        *("test", "compile", "sort_frequencies", "break_symmetry", "shift_test_distribution"),
        *("decode_as_published", "final_ffn", "shared_vector_noise", "learn_projection"),
    ),
}
_RANGES = {name: kind for kind, names in _NAMES.items() for name in names}


def check_ranges(cfg: DictConfig) -> None:
    """Refuse numbers that nothing can be done with.

    Args:
        cfg: a composed configuration; interpolations need not be resolved.

    Raises:
        ValueError: a value is of another type than its key takes, or out of its range.
    """
    for key, value in _leaves(OmegaConf.to_container(cfg, resolve=False), ()):
        name = next((part for part in key if part in _RANGES), None)
        if name is None or (isinstance(value, str) and value.startswith("${")) or value == "???":
            continue
        if not _RANGES[name].holds(value):
            shown = "null" if value is None else value
            raise ValueError(f"{'.'.join(key)}: expected {_RANGES[name].words}, got {shown}")
    trainer = cfg.get("trainer") or {}
    if trainer.get("max_steps") == -1 and trainer.get("max_epochs", -1) == -1:
        raise ValueError(
            "trainer.max_steps: -1 would train for ever; set it, or trainer.max_epochs, to a "
            "number of at least 1"
        )


def _leaves(node: Any, key: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the values of a nested configuration with the parts of their names."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _leaves(child, (*key, str(name)))
    elif isinstance(node, list):
        for child in node:
            yield from _leaves(child, key)
    else:
        yield key, node
