"""Time guided sampling with the fields of synthesizers.

    python -m benchmarks.guided_sampling [--scale paper] [--dataset surge_full] [--batch 4]

Three ways from the same noise to the same parameters: ours (both branches in one batch, the sound
encoded once), both branches as separate calls, and separate calls that encode the sound for every
evaluation. Random weights and signals, one thread, medians.
"""

import argparse
from functools import partial

import torch
from hydra.utils import instantiate
from rich.console import Console
from rich.table import Table

from benchmarks.sampling import SAME, separate_branches
from benchmarks.timing import interleaved
from src.models.conditional_flow import ConditionalFlow
from src.models.method import Sampling
from src.runs.configuration import compose


def flow_of(method: str, dataset: str, scale: str) -> tuple[ConditionalFlow, list[int]]:
    """Build a flow with random weights, and tell the shape of its signals."""
    cfg = compose(
        "train", [f"experiment=rendered/{method}", f"dataset={dataset}", f"scale={scale}"]
    )
    flow = instantiate(cfg.model.network, _convert_="all").eval()
    for parameter in flow.parameters():  # gates start at zero: every path has to be alive
        torch.nn.init.normal_(parameter, std=0.02)
    return flow, list(cfg.data.spectrogram_shape)


@torch.inference_mode()
def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", default="paper")
    parser.add_argument("--dataset", default="surge_simple")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    sampling = Sampling(arguments.steps, "rk4", 2.0)
    table = Table("method", "P", "ours, ms", "separate calls, ms", "and encoding each time, ms")
    for method in ("cnf_param2tok", "cnf_mlp"):
        torch.manual_seed(0)
        flow, shape = flow_of(method, arguments.dataset, arguments.scale)
        width = flow.vector_field.num_params
        signal, x_0 = torch.randn(arguments.batch, *shape), torch.randn(arguments.batch, width)
        ways = {
            "ours": partial(flow.sample, signal, x_0, sampling),
            "separate": partial(separate_branches, flow, signal, x_0, sampling, False),
            "encoding": partial(separate_branches, flow, signal, x_0, sampling, True),
        }
        reference = ways["separate"]()
        difference = float((ways["ours"]() - reference).abs().max())
        assert difference < SAME * float(reference.abs().max().clamp(min=1)), difference
        times = interleaved(ways, arguments.repeats)
        table.add_row(method, str(width), *(f"{1e3 * times[name]:.0f}" for name in ways))
    Console().print(table)


if __name__ == "__main__":
    main()
