"""Projections between a parameter vector and tokens."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


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


class EquivariantProjection(Projection):
    """One token an oscillator, the same linear map for each: exactly permutation equivariant.

    Args:
        k: number of oscillators, hence of tokens.
        params_per_token: parameters of an oscillator.
        d_model: size of a token.
    """

    def __init__(self, k: int, params_per_token: int, d_model: int) -> None:
        super().__init__()
        self.num_params = k * params_per_token
        self.num_tokens = k
        self.d_model = d_model
        self.params_per_token = params_per_token
        self.inward = nn.Linear(params_per_token, d_model)
        self.outward = nn.Linear(d_model, params_per_token)

    def param_to_token(self, x: Tensor) -> Tensor:
        """Map parameters (B, P) to tokens (B, k, d_model)."""
        return self.inward(x.unflatten(1, (self.params_per_token, -1)).transpose(1, 2))

    def token_to_param(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, k, d_model) to parameters (B, P)."""
        return self.outward(tokens).transpose(1, 2).flatten(1)

    def penalty(self) -> Tensor:
        """Return zero: there is nothing to regularise."""
        return self.inward.weight.new_zeros(())


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


def _row_net(d_in: int, d_out: int, deep: bool) -> nn.Module:
    if deep:
        return RowNet(d_in, d_out)
    return nn.Identity() if d_in == d_out else nn.Linear(d_in, d_out)
