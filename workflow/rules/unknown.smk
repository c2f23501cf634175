"""An answer for targets that nothing makes; included last, since it looks at all other outputs."""

from workflow.known_names import nothing_makes, unmatched

RULES = [known_rule.name for known_rule in workflow.rules if not known_rule.has_wildcards()]
OUTPUTS = [str(output) for known_rule in workflow.rules for output in known_rule.output]


rule unknown_target:
    """Say why nothing makes a target, and which targets there are."""
    input:
        lambda wildcards: nothing_makes(wildcards.target, RULES, OUTPUTS, KNOWN),
    output:
        "{target}",
    wildcard_constraints:
        target=unmatched(
            product.regex() for known_rule in workflow.rules for product in known_rule.products()
        ),
