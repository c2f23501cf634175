"""The tasks that a configuration's ``data`` may name."""

from src.common.registry import Registry

TASKS = Registry(
    "task of src.data",
    (
        "src.data.rendered.task.SynthTask",
        "src.data.toy.task.KOscTask",
        "src.data.toy.task.KSinTask",
    ),
)
