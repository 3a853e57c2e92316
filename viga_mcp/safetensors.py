"""Tensors from a file in the safetensors format: a length, a JSON header with a place for each, and the bytes."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, NonNegativeInt, TypeAdapter, ValidationError

MAX_HEADER_BYTES = 100_000_000  # the format's own limit
DTYPES = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}


class _Entry(BaseModel):
    dtype: str
    shape: tuple[NonNegativeInt, ...]
    data_offsets: tuple[NonNegativeInt, NonNegativeInt]


class Header(NamedTuple):
    """Where the tensors are: `start` is the file's offset of the first byte of all."""

    start: int
    entries: dict[str, _Entry]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: entry.shape for name, entry in self.entries.items()}


def header(path: Path) -> Header:
    """The names, shapes and places of all tensors; nothing else is read.

    Raises:
        OSError: If the file can't be read.
        ValueError: If it is something else, or shorter than its header says.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        size = os.fstat(file.fileno()).st_size
        if not 2 <= length <= min(size - 8, MAX_HEADER_BYTES):
            raise ValueError("not a safetensors file")
        text = file.read(length)
    try:
        fields = TypeAdapter(dict[str, Any]).validate_json(text)
        fields.pop("__metadata__", None)
        entries = TypeAdapter(dict[str, _Entry]).validate_python(fields)
    except ValidationError as error:
        raise ValueError("not a safetensors file") from error
    end = 8 + length + max((entry.data_offsets[1] for entry in entries.values()), default=0)
    if size < end:
        raise ValueError(f"cut off: {size:,} of {end:,} bytes")
    return Header(8 + length, entries)


def read(path: Path, names: Iterable[str]) -> dict[str, NDArray[np.float32]]:
    """Some of the tensors, as float32.

    Raises:
        OSError, ValueError: As `header`; also for numbers of another kind than F32 and F16.
    """
    places = header(path)
    tensors: dict[str, NDArray[np.float32]] = {}
    with path.open("rb") as file:
        for name in names:
            entry = places.entries[name]
            if entry.dtype not in DTYPES:
                raise ValueError(f"tensor {name!r} is {entry.dtype}; {' and '.join(DTYPES)} can be read")
            begin, end = entry.data_offsets
            file.seek(places.start + begin)
            numbers = np.frombuffer(file.read(end - begin), DTYPES[entry.dtype])
            tensors[name] = numbers.reshape(entry.shape).astype(np.float32, copy=False)
    return tensors
