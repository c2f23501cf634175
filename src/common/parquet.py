"""Tables as Parquet files: whole, checksummed, and refused in one sentence where they are damaged.

Pages carry checksums, which any Parquet reader can verify; the file's seal also covers what lies
between them, such as the names and types of columns. Files written before both are read as well.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from src.common.files import atomic_path
from src.common.seals import SEAL, read_sealed, seal

_REMEDY = "delete it and make it again"


def write_parquet(frame: pd.DataFrame, path: str | Path, **encoding: Any) -> None:
    """Write a table whole, without its index; the same table gives the same bytes.

    Args:
        frame: the table.
        path: file to write.
        **encoding: of ``pyarrow.parquet.write_table``, such as ``compression``.
    """
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), "seal": SEAL})
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, write_page_checksum=True, **encoding)
        seal(temporary)


def read_parquet(
    path: str | Path, columns: Sequence[str] | None = None, remedy: str = _REMEDY
) -> pd.DataFrame:
    """Read a table that is as it was written.

    Args:
        path: the file.
        columns: what is wanted, in this order; None for all.
        remedy: what to do about a file that cannot be used, for the message.

    Returns:
        The table.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, truncated, no Parquet file, or lacks a column.
    """
    path = Path(path)
    content = read_sealed(path, remedy)
    try:
        table = pd.read_parquet(io.BytesIO(content), page_checksum_verification=True)
    except Exception as error:  # what a damaged file leads to may be of any type
        reason = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        raise ValueError(f"{path}: not readable as Parquet ({reason}); {remedy}") from error
    if columns is None:
        return table
    if missing := [column for column in columns if column not in table]:
        raise ValueError(f"{path}: lacks the columns {', '.join(missing)}; {remedy}")
    return table[list(columns)]
