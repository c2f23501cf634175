"""Projections between a parameter vector and tokens."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from src.symmetry import Symmetry
from src.symmetry.columns import take
from src.symmetry.units import TokenKind


class Projection(nn.Module):
    """What ``ApproxEquivTransformer`` expects of a projection.

    Attributes:
        num_params: size P of the parameter vector.
        num_tokens: number of tokens n.
        d_model: size of a token.
    """

    num_params: int
    num_tokens: int
    d_model: int

    def param_to_token(self, x: Tensor) -> Tensor:
        """Map parameters (B, P) to tokens (B, n, d_model)."""
        raise NotImplementedError

    def token_to_param(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, n, d_model) to parameters (B, P)."""
        raise NotImplementedError

    def penalty(self) -> Tensor:
        """Return what the projection would add to the loss at weight 1, a scalar."""
        raise NotImplementedError


class UnitProjection(Projection):
    """One token a unit, by a linear map shared within its set: exactly equivariant.

    A free column has a token and a map of its own: no bottleneck, and the tokens of a vector
    without any symmetry are its columns. The maps' biases tell the kinds of tokens apart. Where
    units hold units, each of those has a token too, which also reads the columns of the unit around
    it and so knows where it belongs.

    Args:
        symmetry: which units may be exchanged, or its printed form.
        d_model: size of a token.
    """

    def __init__(self, symmetry: Symmetry | str, d_model: int) -> None:
        super().__init__()
        self.symmetry = Symmetry.parse(symmetry)
        self.num_params = self.symmetry.num_params
        self.kinds = self.symmetry.token_kinds
        self.num_tokens = sum(len(kind.writes) for kind in self.kinds)
        self.d_model = d_model
        self.inward = nn.ModuleList(
            _token_map(kind, len(kind.reads[0]), d_model) for kind in self.kinds
        )
        self.outward = nn.ModuleList(
            _token_map(kind, d_model, len(kind.writes[0])) for kind in self.kinds
        )

    def param_to_token(self, x: Tensor) -> Tensor:
        """Map parameters (B, P) to tokens (B, n, d_model), those of free columns last."""
        pairs = zip(self.inward, self.kinds, strict=True)
        parts = [linear(take(x, kind.reads)) for linear, kind in pairs]
        return torch.cat(parts, dim=1) if len(parts) > 1 else parts[0]

    def token_to_param(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, n, d_model) to parameters (B, P)."""
        parts = tokens.split([len(kind.writes) for kind in self.kinds], dim=1)
        pairs = zip(self.outward, parts, strict=True)
        return self.symmetry.from_tokens([linear(part) for linear, part in pairs])

    def penalty(self) -> Tensor:
        """Return zero: there is nothing to regularise."""
        return next(self.parameters()).new_zeros(())


class EquivariantProjection(UnitProjection):
    """``UnitProjection`` of k equal oscillators: one token an oscillator.

    Args:
        k: number of oscillators, hence of tokens.
        params_per_token: parameters of an oscillator.
        d_model: size of a token.
    """

    def __init__(self, k: int, params_per_token: int, d_model: int) -> None:
        super().__init__(Symmetry.oscillators(k, params_per_token), d_model)


class SeparateLinear(nn.Module):
    """A linear map for each row, starting as ``nn.Linear`` does.

    Args:
        rows: number of rows n.
        d_in: size of a row.
        d_out: size of a result.
    """

    def __init__(self, rows: int, d_in: int, d_out: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(d_in)
        self.weight = nn.Parameter(torch.empty(rows, d_in, d_out).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(rows, d_out).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, n, d_in) to (B, n, d_out)."""
        return torch.einsum("bni,nio->bno", x, self.weight) + self.bias


def _token_map(kind: TokenKind, d_in: int, d_out: int) -> nn.Module:
    return (
        nn.Linear(d_in, d_out) if kind.is_shared else SeparateLinear(len(kind.reads), d_in, d_out)
    )


class LearntProjection(Projection):
    r"""PARAM2TOK (paper, section 3.3): which parameter goes to which token is learnt.

    .. math:: X_0 = A\, h(\mathrm{diag}(x) Z), \qquad x' = (g(A^\top X) \odot Z')\, 1

    The same A serves both ways. It starts nearly constant and the rows of Z nearly equal, so that
    the field is nearly invariant under every permutation of parameters, and free to become less.

    Args:
        d_model: size of a token.
        d_token: size of a parameter's vector.
        num_params: number of parameters P.
        num_tokens: number of tokens n.
        initial_ffn: put a row-wise net Linear → GELU → Linear for h, else a linear map where the
            sizes differ and nothing where they agree.
        final_ffn: the same for g; published runs have none.
        assignment_noise: standard deviation of the noise on A's start 1/sqrt(n P); published 1e-4.
        vector_noise: the same for the vectors around their common start; published 1e-4.
        shared_vector_noise: start Z' at Z itself, noise included, as published, instead of at the
            common direction with noise of its own. Both are free from the first step on.
    """

    def __init__(
        self,
        d_model: int,
        d_token: int,
        num_params: int,
        num_tokens: int,
        initial_ffn: bool = True,
        final_ffn: bool = True,
        *,
        assignment_noise: float = 1e-4,
        vector_noise: float = 1e-4,
        shared_vector_noise: bool = False,
    ) -> None:
        super().__init__()
        self.num_params = num_params
        self.num_tokens = num_tokens
        self.d_model = d_model
        level = 1.0 / math.sqrt(num_tokens * num_params)
        self.assignment = nn.Parameter(
            level + assignment_noise * torch.randn(num_tokens, num_params)
        )
        direction = torch.randn(d_token) / math.sqrt(d_token)
        self.in_vectors = nn.Parameter(direction + vector_noise * torch.randn(num_params, d_token))
        self.out_vectors = nn.Parameter(
            self.in_vectors.detach().T.clone(memory_format=torch.contiguous_format)
            if shared_vector_noise
            else direction[:, None] + vector_noise * torch.randn(d_token, num_params)
        )
        self.initial = _row_net(d_token, d_model, initial_ffn)
        self.final = _row_net(d_model, d_token, final_ffn)

    def param_to_token(self, x: Tensor) -> Tensor:
        """Map parameters (B, P) to tokens (B, n, d_model)."""
        if not isinstance(self.initial, RowNet):
            return self.assignment @ self.initial(x[..., None] * self.in_vectors)
        # Linear layers commute with x_p and A; apply them where rows are fewest: the first one to
        # P vectors instead of P an item, the last one to n rows an item instead of P.
        first, last = self.initial.first, self.initial.last
        directions = functional.linear(self.in_vectors, first.weight)  # (P, d_model)
        hidden = functional.gelu(
            torch.addcmul(first.bias, x[..., None], directions)
        )  # (B, P, d_model)
        tokens = functional.linear(self.assignment @ hidden, last.weight)
        return tokens + self.assignment.sum(1, keepdim=True) * last.bias

    def token_to_param(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, n, d_model) to parameters (B, P).

        Without g each parameter's read-out vector meets the tokens first and the assignment then:
        n numbers a parameter instead of ``d_token``.
        """
        if isinstance(self.final, nn.Identity):
            return (tokens @ self.out_vectors * self.assignment).sum(1)  # of (B, n, P)
        read = self.final(self.assignment.T @ tokens)  # (B, P, d_token)
        return (read * self.out_vectors.T).sum(2)

    def penalty(self) -> Tensor:
        """Return the mean absolute assignment, which the paper weights with 0.01."""
        return self.assignment.abs().mean()


class RowNet(nn.Module):
    """Linear → GELU → Linear, the same for each row.

    Args:
        d_in: size of a row.
        d_out: size of a result, and in between.
    """

    def __init__(self, d_in: int, d_out: int) -> None:
        super().__init__()
        self.first = nn.Linear(d_in, d_out)
        self.last = nn.Linear(d_out, d_out)

    def forward(self, x: Tensor) -> Tensor:
        """Map (…, d_in) to (…, d_out)."""
        return self.last(functional.gelu(self.first(x)))


def _map(kind: TokenKind, d_in: int, d_out: int) -> nn.Module:
    if kind.is_shared:
        return nn.Linear(d_in, d_out)
    return SeparateLinear(len(kind.reads), d_in, d_out)


def _row_net(d_in: int, d_out: int, deep: bool) -> nn.Module:
    if deep:
        return RowNet(d_in, d_out)
    return nn.Identity() if d_in == d_out else nn.Linear(d_in, d_out)
