"""Loaders of Surge XT's data sets, which are those of any rendered data set."""

from src.data.rendered.datamodule import RenderedDataModule


class SurgeDataModule(RenderedDataModule):
    """Batches of a Surge XT data set; arguments and errors are those of ``RenderedDataModule``."""
