"""Networks of the synthesizers' methods as the configuration builds them."""

from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from src.models.method import Method
from src.runs.configuration import compose

METHODS = ("cnf_param2tok", "cnf_mlp", "ast", "vae_realnvp")


def synth_config(
    method: str, scale: str, num_params: int, shape: tuple[int, ...], groups: Any = ()
) -> DictConfig:
    """Compose the model and the sizes, with the facts that a data set provides."""
    model = compose("train", [f"model=synth_{method}"]).model
    sizes = compose(f"scale/synth/{scale}", []).scale.synth
    data = {"num_params": num_params, "spectrogram_shape": shape, "one_hot_groups": list(groups)}
    data |= {"synth": "vital", "table": "small", "duration_s": 1.0}
    return OmegaConf.create({"model": model, "scale": {"synth": sizes}, "data": data})


def build(cfg: DictConfig) -> Method:
    return instantiate(cfg.model.network, _convert_="all")
