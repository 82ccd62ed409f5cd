"""Tables in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from . import _auriga
from ._errors import UsageError
from ._options import path_text

if TYPE_CHECKING:
    import numpy as np


class Table:
    """Columns of equal length by name; immutable, for any number of threads.

    `table["AU12_r"]` is a NumPy array that shares the table's memory and cannot be written to:
    int64 (frame, face_id), float64 (times, confidence, action units), float32 (measures), bool
    (success) or, of text, a list of str. Numbers that are not there are NaN.

    A table is a stream of Arrow's C interface (`__arrow_c_stream__`), which shares the numbers as
    well: `polars.DataFrame(table)`, `pyarrow.table(table)`.
    """

    def __init__(self, columns: _auriga.Columns) -> None:
        self._columns = columns
        self._names = columns.names()

    @property
    def columns(self) -> list[str]:
        """Names, in the order of the table."""
        return list(self._names)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._columns)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def keys(self) -> list[str]:
        """As `columns`, so that `dict(table)` works."""
        return self.columns

    def __getitem__(self, name: str) -> Any:
        column = self._columns.column(name) if isinstance(name, str) else None
        if column is None:
            raise KeyError(name)
        return column

    def select(self, names: Sequence[str]) -> Table:
        """Of these columns, sharing their memory. Raises UsageError for others."""
        return Table(self._columns.only(list(names)))

    def where(self, mask: Any) -> Table:
        """A copy of the rows for which `mask`, as long as the table, is true."""
        import numpy as np

        mask = np.asarray(mask, dtype=bool)
        if mask.shape != (len(self),):
            raise UsageError(f"expected a mask of {len(self)} rows, found one of shape {mask.shape}")
        return Table(self._columns.where(np.flatnonzero(mask).tolist()))

    def stack(self, names: Sequence[str]) -> np.ndarray[Any, Any]:
        """Columns side by side: rows x len(names), a copy."""
        import numpy as np

        if not names:
            return np.empty((len(self), 0), dtype=np.float32)
        return np.stack([self[name] for name in names], axis=1)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._columns.arrow_stream()

    def to_pandas(self) -> Any:
        """A pandas.DataFrame. Raises ImportError where pandas is not installed."""
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_pandas() needs pandas: pip install pandas") from error
        return pandas.DataFrame({name: self[name] for name in self._names})

    def to_polars(self) -> Any:
        """A polars.DataFrame. Raises ImportError where polars is not installed."""
        try:
            import polars
        except ImportError as error:
            raise ImportError("to_polars() needs polars: pip install polars") from error
        return polars.DataFrame(self)

    def __repr__(self) -> str:
        shown = ", ".join(self._names[:8]) + (", ..." if len(self._names) > 8 else "")
        return f"<auriga.Table of {len(self)} rows, {len(self._names)} columns: {shown}>"


@overload
def read_table(path: str | os.PathLike[Any], by_face: Literal[False] = False) -> Table: ...


@overload
def read_table(path: str | os.PathLike[Any], by_face: Literal[True]) -> dict[int, Table]: ...


def read_table(path: str | os.PathLike[Any], by_face: bool = False) -> Table | dict[int, Table]:
    """A table in a file: any dialect of OpenFace and PyFaceAU, or what a spreadsheet made of it.

    Blanks around names and cells, other separators and decimal commas are understood. `frame` is
    as the file counts. `by_face`: a dict of tables by `face_id` (`face` of a picture) instead; one
    of face 0 where there is no such column. Raises InputError that names file, line and column.
    """
    table = Table(_auriga.read_table(path_text(path)))
    if not by_face:
        return table
    import numpy as np

    for name in ("face_id", "face"):
        if name in table:
            ids = table[name]
            return {int(one): table.where(ids == one) for one in np.unique(ids)}
    return {0: table}
