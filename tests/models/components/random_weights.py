"""Networks whose every path is alive: as made, gates and last linear maps may start at zero."""

from typing import TypeVar

import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)


def randomised(module: Module, seed: int = 0, std: float = 0.3) -> Module:
    """Draw all parameters anew from N(0, std²)."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0.0, std, generator=generator)
    return module
