"""Time guided sampling: both branches in one batch beside two separate calls.

    python -m benchmarks.sampling [--scale paper] [--steps 4]

Both sample the same flow from the same noise and must agree; the encoder runs once a sound in
ours. The reference writes guidance down as the equation reads, and calls the encoder for every
evaluation of the field only where asked (`--reference-encodes`). One thread, medians.
"""

import argparse
from functools import partial

import torch
from hydra.utils import instantiate
from rich.console import Console
from rich.table import Table
from torch import Tensor

from benchmarks.timing import interleaved
from src.flow.solver import integrate
from src.models.conditional_flow import ConditionalFlow
from src.models.method import Sampling
from src.runs.configuration import compose

BATCHES = (1, 64, 1024)
SAME = 1e-4  # float32, other matrix shapes


def separate_branches(
    flow: ConditionalFlow, signal: Tensor, x_0: Tensor, sampling: Sampling, encode_always: bool
) -> Tensor:
    """Sample with two calls of the field for each evaluation."""
    field, encoded = flow.vector_field, flow.encoder(signal)

    def velocity(t: float, x: Tensor) -> Tensor:
        conditioning = flow.encoder(signal) if encode_always else encoded
        times = x.new_full((len(x), 1), t)
        w = sampling.guidance
        return (1 - w) * field(x, times, None) + w * field(x, times, conditioning)

    return integrate(velocity, x_0, sampling.steps, sampling.solver)


@torch.inference_mode()
def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", default="paper")
    parser.add_argument("--experiment", default="toy/cnf_equivariant")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--reference-encodes", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cfg = compose("eval", [f"experiment={arguments.experiment}", f"scale={arguments.scale}"])
    torch.manual_seed(0)
    flow = instantiate(cfg.model.network, _convert_="all").eval()
    for parameter in flow.parameters():  # gates start at zero: every path has to be alive
        torch.nn.init.normal_(parameter, std=0.05)
    task = instantiate(cfg.data, _convert_="all")
    sampling = Sampling(steps=arguments.steps, solver="rk4", guidance=2.0)
    table = Table("batch", "separate, ms", "one batch, ms", "ratio", "max difference")
    for size in BATCHES:
        batch = task.split("val", batch_size=size)[0]
        x_0 = torch.randn(batch.params.shape, generator=torch.Generator().manual_seed(0))

        reference = partial(
            separate_branches, flow, batch.signal, x_0, sampling, arguments.reference_encodes
        )
        ours = partial(flow.sample, batch.signal, x_0, sampling)
        difference = float((reference() - ours()).abs().max())
        assert difference < SAME * float(ours().abs().max().clamp(min=1)), difference
        slow, fast = interleaved({"separate": reference, "ours": ours}, arguments.repeats).values()
        table.add_row(
            str(size),
            f"{slow * 1e3:.1f}",
            f"{fast * 1e3:.1f}",
            f"{slow / fast:.2f}",
            f"{difference:.1e}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
