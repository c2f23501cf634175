"""The networks that a configuration's ``model.network`` may name; a new one is a line here."""

from src.common.registry import Registry
from src.data.tasks import TASKS

_KIND = "network of src.models"
# What a stranger's run folder may name: it takes numbers and reads no file.
_OF_NUMBERS = (
    "src.models.components.ast.ASTWithProjectionHead",
    "src.models.components.ast.AudioSpectrogramTransformer",
    "src.models.components.ast.ProjectionHead",
    "src.models.components.cnn.SpectrumCNN",
    "src.models.components.feed_forward.FeedForwardNetwork",
    "src.models.components.projection.EquivariantProjection",
    "src.models.components.projection.LearntProjection",
    "src.models.components.projection.UnitProjection",
    "src.models.components.real_nvp.RealNVP",
    "src.models.components.residual_mlp.ConditionalResidualMLP",
    "src.models.components.spectral_windows.SpectralWindowEncoder",
    "src.models.components.transformer.ApproxEquivTransformer",
    "src.models.components.vae.SpectrogramVAE",
    "src.models.conditional_flow.ConditionalFlow",
    "src.models.regressor.FeedForwardRegressor",
    "src.models.vae_flow.VAERealNVP",
)
# These read a folder or a data set that the configuration names.
_OF_FILES = (
    "src.models.components.pretrained_ast.PretrainedAST",
    "src.models.patch_baselines.RandomTrainingPatch",
    "src.models.patch_baselines.TruePatch",
    "src.models.prior.PriorSampler",  # which holds a task
)
SELF_CONTAINED = Registry(f"{_KIND} that a run folder holds as a whole", _OF_NUMBERS)
NETWORKS = Registry(_KIND, (*_OF_NUMBERS, *_OF_FILES, *TASKS.names))
