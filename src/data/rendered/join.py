"""Join shards to one data set file.

python -m src.data.rendered.join train/shard-*.h5 --output train.h5
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from src.common.errors import explained
from src.common.files import check_place
from src.common.terminal import printable
from src.data.rendered.shards import join_shards


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Join shards as one file of virtual data sets.")
    parser.add_argument("shards", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(argv)
    check_place(options.output)
    rows = join_shards(options.shards, options.output)
    print(printable(f"{options.output}: {rows} items of {len(options.shards)} shards"))


if __name__ == "__main__":
    main()
