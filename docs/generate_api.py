"""Write docs/api.md from the docstrings: ``python docs/generate_api.py`` (``--check`` compares)."""

import argparse
import importlib
import inspect
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TARGET = ROOT / "docs" / "api.md"

# Section → module → public names, in the order a reader meets them.
SECTIONS: dict[str, dict[str, list[str]]] = {
    "Training and evaluation": {
        "src.train": ["train"],
        "src.eval": ["evaluate"],
        "src.predict": ["predict"],
        "src.score": ["score_folders"],
        "src.runs.configuration": ["compose"],
    },
    "Data": {
        "src.data.ksin_datamodule": ["KSinDataModule", "make_sin"],
        "src.data.kosc_datamodule": ["KOscDataModule", "make_osc"],
        "src.data.toy.task": ["ToyTask", "KSinTask", "KOscTask"],
        "src.data.task": ["Task"],
        "src.data.surge_datamodule": ["SurgeDataModule"],
        "src.data.rendered.datamodule": ["RenderedDataModule"],
        "src.data.batch": ["Batch"],
        "src.data.philox": ["philox4x32", "uniform", "normal"],
    },
    "Synthesizers and data sets": {
        "src.synths.synth": ["Synth", "Note"],
        "src.synths.parameters": ["ParameterTable", "Parameter", "Patch"],
        "src.synths.definition": ["load_definition", "SynthDefinition"],
        "src.synths.vital": ["Vital"],
        "src.synths.dexed": ["Dexed"],
        "src.synths.dx7_algorithms": ["algorithm_symmetry", "conditional_symmetry"],
        "src.synths.syx": ["save_voice", "save_bank", "load_voices"],
        "src.synths.vst3": ["Vst3"],
        "src.rendering.patches": ["Rendering", "DatasetJob"],
        "src.rendering.pool": ["WorkerPool", "Job"],
        "src.rendering.spectrogram": ["mel_spectrogram"],
        "src.data.rendered.shards": ["ShardWriter", "join_shards"],
        "src.data.rendered.bin_statistics": ["compute_statistics", "Statistics"],
    },
    "Symmetry": {
        "src.symmetry": ["Symmetry", "ConditionalSymmetry"],
        "src.symmetry.equivariance": ["equivariance_error"],
    },
    "Flow": {
        "src.flow.path": ["straight_path", "PathSample"],
        "src.flow.coupling": [
            "couple",
            "minibatch_coupling",
            "conditional_coupling",
            "permutation_coupling",
        ],
        "src.flow.solver": ["integrate", "evaluations_per_step"],
        "src.flow.guidance": ["guided_velocity"],
    },
    "Models": {
        "src.models.components.transformer": ["ApproxEquivTransformer"],
        "src.models.components.projection": [
            "LearntProjection",
            "EquivariantProjection",
            "UnitProjection",
        ],
        "src.models.components.residual_mlp": ["ConditionalResidualMLP"],
        "src.models.components.cnn": ["SpectrumCNN"],
        "src.models.components.spectral_windows": ["SpectralWindowEncoder"],
        "src.models.components.feed_forward": ["FeedForwardNetwork"],
        "src.models.method": ["Method", "Sampling"],
        "src.models.conditional_flow": ["ConditionalFlow"],
        "src.models.regressor": ["FeedForwardRegressor"],
        "src.models.prior": ["PriorSampler"],
        "src.models.inversion_module": ["InversionModule"],
        "src.models.surge_flow_matching_module": ["SurgeFlowMatchingModule"],
        "src.models.components.ast": ["AudioSpectrogramTransformer", "ASTWithProjectionHead"],
        "src.models.components.pretrained_ast": ["PretrainedAST"],
        "src.models.vae_flow": ["VAERealNVP"],
    },
    "Metrics": {
        "src.metrics": [
            "LogSpectralDistance",
            "ChamferDistance",
            "LinearAssignmentDistance",
            "complex_to_dbfs",
        ],
        "src.metrics.audio": ["mss", "wmfcc", "sot", "rms_cosine", "score_pair"],
        "src.metrics.functional": [
            "log_spectral_distance",
            "linear_assignment_distance",
            "chamfer_distance",
            "symmetric_parameter_error",
            "mean_squared_error",
        ],
    },
}

HEAD = """# Interface

Generated from the docstrings by `make api`; do not edit. Shapes, ranges and
symbols are explained in [conventions.md](conventions.md).
"""


def render() -> str:
    """Return the page."""
    parts = [HEAD]
    for section, modules in SECTIONS.items():
        parts.append(f"## {section}\n")
        for module_name, names in modules.items():
            module = importlib.import_module(module_name)
            parts += [_entry(module_name, name, getattr(module, name)) for name in names]
    return "\n".join(parts)


def _entry(module: str, name: str, item: object) -> str:
    lines = [f"### `{module}.{name}`\n", "```python", _signature(name, item), "```\n"]
    lines += [_docstring(item), ""]
    if inspect.isclass(item):
        for method_name, method in vars(item).items():
            if method_name.startswith("_") or not inspect.isfunction(method) or not method.__doc__:
                continue
            lines += [f"#### `{_signature(method_name, method)}`\n", _docstring(method), ""]
    return "\n".join(lines)


def _signature(name: str, item: object) -> str:
    keyword = "class " if inspect.isclass(item) else "def "
    text = f"{keyword}{name}{inspect.signature(item)}"  # type: ignore[arg-type]
    for prefix in ("torch.nn.modules.module.", "collections.abc.", "typing."):
        text = text.replace(prefix, "")
    return text


def _docstring(item: object) -> str:
    """Indent the Google sections as code so that Markdown keeps their layout."""
    text = inspect.getdoc(item) or ""
    head, marker, tail = text, "", ""
    for section in ("Args:", "Attributes:", "Returns:", "Raises:", "Yields:", "Example"):
        position = text.find(f"\n{section}")
        if position != -1 and position < len(head):
            head, marker, tail = text[:position], "```text\n", text[position + 1 :] + "\n```"
    return f"{head.rstrip()}\n\n{marker}{tail}".rstrip()


def main() -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the page is out of date")
    check = parser.parse_args().check
    text = render()
    if check:
        if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print("docs/api.md is out of date; run make api", file=sys.stderr)
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
