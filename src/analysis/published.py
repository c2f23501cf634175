"""Published results: small files kept in the repository, each with its checksum and its origin.

    python -m src.analysis.published write results/laptop published/laptop vital/scores.parquet …
    python -m src.analysis.published take published/laptop results/from_scores/laptop NAME …
    python -m src.analysis.published verify published

A scale has a folder whose files have the names that they have in the results. Beside them lie
SHA256SUMS (which `sha256sum --check` reads too) and provenance.json; the folder of all scales has
a SHA256SUMS of these lists.
"""

import argparse
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from src.analysis.provenance_table import origins
from src.common.checksums import SUMS, digest_of, is_inside, problem_of, read_sums, write_sums
from src.common.errors import explained
from src.common.files import atomic_path, write_text
from src.common.parquet import read_parquet, write_parquet
from src.runs.provenance import provenance

PROVENANCE = "provenance.json"
_ABOUT = {"README.md", ".gitattributes", SUMS}  # of the whole folder


def write(results: Path, folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Publish files of a scale, beside those published before.

    Parquet files are written anew in a smaller encoding, their values unchanged; others are copied.

    Args:
        results: folder of the scale's results.
        folder: folder of the scale's published files.
        names: files, relative to ``results``.

    Returns:
        All published files with their digests, as `read_sums`.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a name leads out of the folder, or the present list is broken.
    """
    names = list(names)
    missing = [name for name in names if not (results / name).is_file()]
    if missing:
        raise FileNotFoundError(f"{results} has no {', '.join(missing)}; make them first")
    if outside := [name for name in names if not is_inside(name)]:
        raise ValueError(f"{', '.join(outside)}: expected names of files below {results}")
    sums = read_sums(folder)
    path = folder / PROVENANCE
    told = json.loads(path.read_text(encoding="utf-8"))["files"] if path.is_file() else {}
    for name in names:
        _publish(results / name, folder / name)
        sums[name] = digest_of(folder / name)
        runs = origins((results / name).parent) or origins(results)
        told[name] = {"published": provenance()["commit"], "runs": runs}
    content = {"files": dict(sorted(told.items()))}
    write_text(path, json.dumps(content, indent=1) + "\n")
    sums[PROVENANCE] = digest_of(path)
    write_sums(folder, sums)
    return sums


def take(folder: Path, results: Path, names: Iterable[str]) -> None:
    """Copy published files to where results lie, if they are the ones that were published.

    Args:
        folder: folder of the scale's published files.
        results: folder of the scale's results; missing folders are made.
        names: files, relative to both.

    Raises:
        ValueError: the list lacks a file, or a file is missing or has changed.
    """
    sums = read_sums(folder)
    for name in names:
        if problem := problem_of(folder, name, sums):
            raise ValueError(problem)
        with atomic_path(results / name) as temporary:
            shutil.copyfile(folder / name, temporary)


def verify(root: Path) -> list[str]:
    """Compare all published files with the lists of their scales.

    Args:
        root: folder of the scales' folders.

    Returns:
        One line a file that is missing, changed, or in no list; empty where all is well.

    Raises:
        FileNotFoundError: there is no such folder, or nothing published in it.
        ValueError: a list is broken.
    """
    links = sorted(path for path in root.rglob("*") if path.is_symlink())
    problems = [f"{path}: is a link, which no published file is; remove it" for path in links]
    folders = [path for path in sorted(root.iterdir()) if path.is_dir() and path not in links]
    if not any((folder / SUMS).is_file() for folder in folders):
        raise FileNotFoundError(f"{root}: holds no {SUMS} of a scale; nothing is published there")
    for folder in folders:
        sums = read_sums(folder)
        problems += [line for name in sums if (line := problem_of(folder, name, sums))]
        problems += [
            f"{path}: in no list; publish it, or remove it"
            for path in sorted(folder.rglob("*"))
            if not path.is_dir()
            and path not in links
            and path.relative_to(folder).as_posix() not in {*sums, SUMS}
        ]
    problems += [
        f"{path}: of no scale; remove it"
        for path in sorted(root.iterdir())
        if path not in folders and path not in links and path.name not in _ABOUT
    ]
    return problems


def _publish(source: Path, target: Path) -> None:
    if source.suffix != ".parquet":
        with atomic_path(target) as temporary:
            shutil.copyfile(source, temporary)
        return
    table = read_parquet(source)
    numbers = [name for name in table if pd.api.types.is_float_dtype(table[name])]
    # Bytes of equal place together and no dictionary: half the size for measured numbers.
    write_parquet(
        table,
        target,
        compression="zstd",
        compression_level=19,
        use_byte_stream_split=numbers,
        use_dictionary=[name for name in table if name not in numbers],
    )


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Published results.")
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("write", help="publish files of a scale")
    writing.add_argument("results", type=Path, help="such as results/laptop")
    writing.add_argument("folder", type=Path, help="such as published/laptop")
    writing.add_argument("names", nargs="+", metavar="NAME", help="file, relative to the results")
    taking = commands.add_parser("take", help="copy published files to results, checked")
    taking.add_argument("folder", type=Path, help="such as published/laptop")
    taking.add_argument("results", type=Path, help="such as results/from_scores/laptop")
    taking.add_argument("names", nargs="+", metavar="NAME", help="file, relative to both")
    verifying = commands.add_parser("verify", help="check every published file")
    verifying.add_argument("root", type=Path, help="such as published")
    options = parser.parse_args(argv)
    if options.command == "write":
        sums = write(options.results, options.folder, options.names)
        size = sum((options.folder / name).stat().st_size for name in sums)
        print(f"{options.folder}: {len(sums)} files, {size / 1e6:.1f} MB")
    elif options.command == "take":
        take(options.folder, options.results, options.names)
    else:
        problems = verify(options.root)
        if problems:
            raise ValueError("\n  ".join([f"{len(problems)} published files fail:", *problems]))
        count = sum(len(read_sums(path.parent)) for path in options.root.glob(f"*/{SUMS}"))
        print(f"{options.root}: {count} files as published")


if __name__ == "__main__":
    main()
