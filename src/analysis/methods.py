"""The methods that are compared: experiment names, printed names, and their order."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """A method of the study.

    Attributes:
        name: As in experiment names and paths, such as "cnf_mlp".
        label: As printed, such as "CNF (MLP)".
        is_trained: False for the method that only draws from the prior.
    """

    name: str
    label: str
    is_trained: bool = True


# In the order of legends and tables. A new method is one more line here (and one in
# src/analysis/figures/style.py, where it gets its colour and marker).
METHODS = {
    method.name: method
    for method in (
        Method("cnf_equivariant", "CNF (Equivariant)"),
        Method("cnf_param2tok", "CNF (PARAM2TOK)"),
        Method("cnf_mlp", "CNF (MLP)"),
        Method("ffn_mse", "FFN (MSE)"),
        Method("ffn_sort", "FFN (Sort)"),
        Method("ffn_chamfer", "FFN (Chamfer)"),
        Method("random", "Random", is_trained=False),
    )
}
# Couplings of noise and data, and their printed names.
COUPLINGS = {
    "none": "no coupling",
    "minibatch": "minibatch coupling",
    "permutation": "permutation coupling",
}


def split_experiment(experiment: str) -> tuple[Method, str | None]:
    """Take an experiment's name apart.

    Args:
        experiment: A method's name, or one followed by a coupling: "cnf_mlp_minibatch".

    Returns:
        The method, and the coupling if the name tells one (None: whatever is configured).

    Raises:
        ValueError: If the method is not known.

    Example:
        >>> method, coupling = split_experiment("cnf_mlp_minibatch")
        >>> method.label, coupling
        ('CNF (MLP)', 'minibatch')
    """
    if experiment in METHODS:
        return METHODS[experiment], None
    name, _, coupling = experiment.rpartition("_")
    if name in METHODS and coupling in COUPLINGS:
        return METHODS[name], coupling
    raise ValueError(
        f"unknown experiment {experiment!r}; known are {', '.join(METHODS)}, also with a coupling "
        f"({', '.join(COUPLINGS)}) at the end; a new one is entered in src/analysis/methods.py"
    )


def label(experiment: str) -> str:
    """Printed name of an experiment, such as "CNF (MLP), minibatch coupling"."""
    method, coupling = split_experiment(experiment)
    return method.label if coupling is None else f"{method.label}, {COUPLINGS[coupling]}"


def rank(experiment: str) -> int:
    """Place of an experiment in legends and tables: by method, then by coupling."""
    method, coupling = split_experiment(experiment)
    place = list(METHODS).index(method.name) * (len(COUPLINGS) + 1)
    return place if coupling is None else place + 1 + list(COUPLINGS).index(coupling)
