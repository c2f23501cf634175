"""Networks of the synthesizers' methods as the configuration builds them."""

from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from src.models.method import Method
from src.runs.configuration import compose
from src.symmetry import Symmetry

METHODS = ("cnf_param2tok", "cnf_equivariant", "cnf_mlp", "ast", "ast_chamfer", "vae_realnvp")


def synth_config(
    method: str, scale: str, num_params: int, shape: tuple[int, ...], groups: Any = ()
) -> DictConfig:
    """Compose the model and the sizes, with the facts that a data set provides."""
    model = compose("train", [f"model=synth_{method}"]).model
    sizes = compose(f"scale/synth/{scale}", []).scale.synth
    data = {"num_params": num_params, "spectrogram_shape": shape, "one_hot_groups": list(groups)}
    data |= {"synth": "vital", "table": "small", "duration_s": 1.0}
    sets = [[(0, 1), (2, 3)], *([[(4,), (5,), (6,)]] if num_params > 6 else [])]
    pairs = Symmetry.of(num_params, *sets)
    task = {"symmetry": str(pairs)}
    return OmegaConf.create({"model": model, "scale": {"synth": sizes}, "data": data, "task": task})


def build(cfg: DictConfig) -> Method:
    return instantiate(cfg.model.network, _convert_="all")
