"""Methods: the LightningModule, regressors and the prior; networks are in components."""
