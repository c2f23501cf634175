"""Targets that nothing makes are explained by what can be made."""

import re

import pytest
from snakemake.exceptions import WorkflowError

from workflow.known_names import nothing_makes, unmatched

PATTERNS = [
    "figures/{figure,lsd|couplings}.pdf",
    "results/{scale,smoke|laptop}/k{k,2|4}/seed{seed,0|[1-9]\\d*}/scores.parquet",
]
KNOWN = {"figure": ["lsd", "couplings"], "scale": ["smoke", "laptop"], "k": [2, 4]}


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        ("figures/lds.pdf", ["figure lds is unknown; did you mean lsd? known: lsd, couplings"]),
        (
            "results/laptpo/k5/seed0/scores.parquet",
            [
                "scale laptpo is unknown; did you mean laptop? known: smoke, laptop",
                "k 5 is unknown; known: 2, 4",
            ],
        ),
        ("figure/lsd.pdf", ["figures/{figure}.pdf"]),
        (
            "results/laptop/k4/seed0/score.parquet",
            ["results/{scale}/k{k}/seed{seed}/scores.parquet"],
        ),
        ("lsd", ["ask for a file, such as figures/lsd.pdf, or a rule; known: all"]),
    ],
)
def test_unknown_target_is_explained(target, lines):
    with pytest.raises(WorkflowError) as refusal:
        nothing_makes(target, ["all"], PATTERNS, KNOWN)
    message = str(refusal.value)
    assert message.startswith(f"nothing makes {target}")
    for line in lines:
        assert line in message


def test_right_parts_are_not_called_unknown():
    with pytest.raises(WorkflowError) as refusal:
        nothing_makes("results/laptop/k5/seed0/scores.parquet", ["all"], PATTERNS, KNOWN)
    assert "scale" not in str(refusal.value)


def test_unmatched_is_the_complement_of_all_patterns():
    patterns = [re.compile(r"figures/(?P<figure>lsd)\.pdf"), re.compile(r"k(?P<k>2|4)/log")]
    expression = re.compile(unmatched(patterns))
    assert not any(expression.fullmatch(name) for name in ["figures/lsd.pdf", "k2/log", "k4/log"])
    assert all(
        expression.fullmatch(name) for name in ["figures/lds.pdf", "k3/log", "k2/log/x", "all"]
    )
