"""Time the vector field beside the same field on ``nn.MultiheadAttention``.

    python -m benchmarks.field [--batch 256] [--repeats 15] [--k 4 16]

Forward and backward pass of the field at the published k-osc size, one thread, with copied
weights. Both are timed in turn; medians. Differences: largest absolute one of the velocity, and of
any parameter's gradient relative to that parameter's largest.
"""

import argparse
from functools import partial

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from benchmarks.reference_field import (
    ReferenceEquivariant,
    ReferenceField,
    ReferenceParam2Tok,
    as_reference,
)
from benchmarks.timing import interleaved
from src.models.components.transformer import (
    ApproxEquivTransformer,
    EquivariantProjection,
    LearntProjection,
)

PARAMS_PER_TOKEN = 3  # k-osc
SIZE = {"num_layers": 5, "d_model": 128, "conditioning_dim": 128, "num_heads": 4, "d_ff": 256}
FASTER = 1.5
SAME = 1e-5


def make_pair(method: str, k: int) -> tuple[ApproxEquivTransformer, ReferenceField]:
    """Make our field of a method with random weights, and the reference with the same."""
    params, d = k * PARAMS_PER_TOKEN, SIZE["d_model"]
    projection: nn.Module
    reference: nn.Module
    if method == "Equivariant":
        projection = EquivariantProjection(k, PARAMS_PER_TOKEN, d)
        reference = ReferenceEquivariant(PARAMS_PER_TOKEN, d)
    else:
        projection = LearntProjection(d, d, params, k, final_ffn=False)
        reference = ReferenceParam2Tok(params, k, d)
    field = ApproxEquivTransformer(
        projection, **SIZE, learn_projection=True, zero_init=False, pe_type="none"
    )
    for parameter in field.parameters():  # norms and biases start where errors would not show
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    plain = ReferenceField(reference, **SIZE)
    plain.load_state_dict(as_reference(field.state_dict(), SIZE["num_layers"]))
    return field, plain


def step(field: nn.Module, inputs: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Run the field forward and backward; return the velocity."""
    for tensor in (*field.parameters(), *inputs):
        tensor.grad = None
    velocity = field(*inputs)
    velocity.square().sum().backward()
    return velocity.detach()


def compare(field: nn.Module, plain: nn.Module, inputs: tuple) -> tuple[float, float]:
    """Return the differences of velocity and of gradients, the latter relative."""
    ours, theirs = step(field, inputs), step(plain, inputs)
    gradients = {name: p.grad for name, p in field.named_parameters() if p.grad is not None}
    renamed = as_reference(gradients, SIZE["num_layers"])
    relative = [
        float((renamed[name] - p.grad).abs().max() / p.grad.abs().max())
        for name, p in plain.named_parameters()
    ]
    return float((ours - theirs).abs().max()), max(relative)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--k", type=int, nargs="+", default=[4, 16])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    headings = ("k", "reference, ms", "ours, ms", f"ratio (≥ {FASTER})", "velocity", "gradients")
    table = Table("field", *headings, title=f"forward + backward, batch {arguments.batch}")
    for method in ("Equivariant", "PARAM2TOK"):
        for k in arguments.k:
            field, plain = make_pair(method, k)
            inputs = (
                torch.randn(arguments.batch, k * PARAMS_PER_TOKEN),
                torch.rand(arguments.batch, 1),
                torch.randn(arguments.batch, SIZE["conditioning_dim"], requires_grad=True),
            )
            velocity, gradients = compare(field, plain, inputs)  # also the warm-up
            assert max(velocity, gradients) < SAME, (velocity, gradients)
            slow, fast = interleaved(
                {"plain": partial(step, plain, inputs), "ours": partial(step, field, inputs)},
                arguments.repeats,
            ).values()
            table.add_row(
                method,
                str(k),
                f"{slow * 1e3:.1f}",
                f"{fast * 1e3:.1f}",
                f"{slow / fast:.2f}",
                f"{velocity:.1e}",
                f"{gradients:.1e}",
            )
    Console().print(table)


if __name__ == "__main__":
    main()
