"""The methods that are compared: names in paths, printed names, looks, and their order.

A new method is a line here, an experiment file of its name, and the module that it trains.
"""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["toy", "rendered"]

_BOTH: tuple[Kind, ...] = ("toy", "rendered")
_TOY: tuple[Kind, ...] = ("toy",)
_RENDERED: tuple[Kind, ...] = ("rendered",)

GREY = "#767676"
DASHED = (0.0, (4.0, 2.0))  # also of a method that is drawn where it has no meaning
_DASH_DOT = (0.0, (6.0, 1.5, 1.0, 1.5))
_DASH_DOT_DOT = (0.0, (6.0, 1.5, 1.0, 1.5, 1.0, 1.5))


@dataclass(frozen=True)
class Appearance:
    """How a method is drawn.

    Colours are those of Okabe and Ito (2008), which colour-blind readers can tell apart; markers,
    their filling and line styles tell methods apart in grey.

    Attributes:
        color: hexadecimal.
        marker: Matplotlib's letter; "" for none.
        line: Matplotlib's line style.
        is_filled: flows have filled markers, regressors open ones.
    """

    color: str
    marker: str
    line: str | tuple[float, tuple[float, ...]] = "-"
    is_filled: bool = True

    def keywords(self) -> dict[str, Any]:
        """Return the arguments of ``Axes.plot`` and ``Axes.errorbar``."""
        return {
            "color": self.color,
            "marker": self.marker or None,
            "linestyle": self.line,
            "markerfacecolor": self.color if self.is_filled else "white",
            "markeredgecolor": self.color,
        }


@dataclass(frozen=True)
class Method:
    """A method of the study, or a reference beside the methods.

    Attributes:
        name: as in experiment files and paths, such as "cnf_mlp".
        label: as printed, such as "CNF (MLP)".
        appearance: in figures.
        kinds: of tasks that it is compared on.
        is_trained: False for what has no weights.
        is_sampled: a flow, which a solver samples.
        is_reference: no method, but what bounds them: the true patch, or one drawn by chance.
        needs_symmetry: its idea is that parts may trade places; drawn dashed where they may not.
        is_optional: run where a path asks for it, and no part of ``all``.
        patch_label: printed name where parameters are a patch of a synthesizer, if it differs.
    """

    name: str
    label: str
    appearance: Appearance
    kinds: tuple[Kind, ...]
    is_trained: bool = True
    is_sampled: bool = False
    is_reference: bool = False
    needs_symmetry: bool = False
    is_optional: bool = False
    patch_label: str | None = None

    def label_on(self, kind: str) -> str:
        """Return the printed name in tables and figures of a kind of task."""
        return self.label if kind == "toy" or self.patch_label is None else self.patch_label


def _flow(name: str, label: str, appearance: Appearance, kinds: tuple[Kind, ...] = _BOTH) -> Method:
    return Method(name, label, appearance, kinds, is_sampled=True)


def _bound(
    name: str, label: str, line: Any, kinds: tuple[Kind, ...] = _RENDERED, **options: Any
) -> Method:
    looks = Appearance(GREY, "", line)
    return Method(name, label, looks, kinds, is_trained=False, is_reference=True, **options)


# In the order of legends and tables.
METHODS = {
    method.name: method
    for method in (
        _flow("cnf_equivariant", "CNF (Equivariant)", Appearance("#0072B2", "o")),
        _flow("cnf_param2tok", "CNF (PARAM2TOK)", Appearance("#D55E00", "s", _DASH_DOT)),
        _flow("cnf_mlp", "CNF (MLP)", Appearance("#56B4E9", "^", _DASH_DOT_DOT)),
        Method("ffn_mse", "FFN (MSE)", Appearance("#000000", "D", "-", False), _TOY),
        Method(
            "ffn_sort",
            "FFN (Sort)",
            Appearance("#009E73", "v", "-", False),
            _TOY,
            needs_symmetry=True,
        ),
        Method("ffn_chamfer", "FFN (Chamfer)", Appearance("#CC79A7", "P", _DASH_DOT, False), _TOY),
        Method("ast", "AST", Appearance("#000000", "D"), _RENDERED),
        Method("ast_sorted", "AST, sorted targets", Appearance("#009E73", "v"), _RENDERED),
        Method(
            "ast_chamfer", "AST, Chamfer loss", Appearance("#CC79A7", "P", _DASH_DOT), _RENDERED
        ),
        Method(
            "ast_pretrained",
            "AST, pretrained",
            Appearance("#F0E442", "*"),
            _RENDERED,
            is_optional=True,
        ),
        Method("vae_realnvp", "VAE + RealNVP", Appearance("#E69F00", "X"), _RENDERED),
        _bound("rerendered", "Target rendered again", DASHED),
        _bound("random", "Random", ":", _BOTH, patch_label="Random patch"),
    )
}


def rank(name: str) -> int:
    """Return the place of a method in legends and tables."""
    return list(METHODS).index(name)
