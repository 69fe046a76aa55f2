"""Checkpoints: one safetensors file that is whole or not there, without pickle.

Tensors lie under names with slashes. What is no tensor, such as the step and the time spent, lies
as JSON in the file's header.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lineart_lib.training.average import Average
from lineart_lib.training.players import Seat

COUNTERS = "counters"


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], counters: Mapping[str, Any] | None = None
) -> None:
    """Write a safetensors file under a temporary name, flush it to the disk, then rename it.

    Parameters
    ----------
    path : Path
        Replaced when it is there; its folder must exist.
    tensors : mapping
        On the CPU, of any layout. Two that share memory are written twice.
    counters : mapping, optional
        Anything that JSON can hold; numbers come back to the bit. NaN is refused.
    """
    kept, seen = {}, set()
    for name, tensor in tensors.items():
        tensor = tensor.detach().contiguous()
        if tensor.data_ptr() in seen:
            tensor = tensor.clone()
        seen.add(tensor.data_ptr())
        kept[name] = tensor
    header = None if counters is None else {COUNTERS: json.dumps(counters, allow_nan=False)}
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        save_file(kept, temporary, metadata=header)
        flush(Path(temporary))
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
        flush(path.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def flush(path: Path) -> None:
    """Wait until a file, or a folder's list of files, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write_tensors` wrote.

    Returns
    -------
    tensors : dict
        On the CPU.
    counters : dict
        Empty when none were written.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It is no safetensors file, or a part of one.
    """
    if not path.is_file():
        raise FileNotFoundError(f"expected a checkpoint at {path}, found none")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            header = file.metadata() or {}
    except SafetensorError as problem:
        raise ValueError(
            f"{path} is no whole safetensors file ({problem}): remove it, and the training begins "
            "anew"
        ) from problem
    return tensors, json.loads(header.get(COUNTERS, "{}"))


def save(
    path: Path,
    seats: Mapping[str, Seat],
    average: Average,
    counters: Mapping[str, Any],
    fabric: Fabric,
) -> None:
    """Write all that the next step depends on. Every process gathers; the first one writes.

    Parameters
    ----------
    path : Path
        Of the checkpoint; replaced.
    seats : mapping
        Networks and the memories of their optimizers, by name.
    average : Average
    counters : mapping
        Whatever else must be known, as JSON can hold it.
    fabric : Fabric
    """
    tensors: dict[str, Tensor] = over("average", average.state())
    for name, seat in seats.items():
        tensors |= over(f"players/{name}", seat.state())
    if fabric.is_global_zero:
        own = {"updates": average.updates, "processes": fabric.world_size}
        write_tensors(path, tensors, {**counters, **own})


def resume(
    path: Path, seats: Mapping[str, Seat], average: Average, fabric: Fabric
) -> dict[str, Any]:
    """Take up what `save` wrote, in place, and return its counters; none when there is no file.

    Raises
    ------
    ValueError
        Another number of processes wrote it, or it is no whole file.
    """
    if not path.is_file():
        return {}
    tensors, counters = read_tensors(path)
    if counters["processes"] != fabric.world_size:
        raise ValueError(
            f"{path} was written by {counters['processes']} processes, and {fabric.world_size} "
            "would go on with other batches: start as many, or remove it to begin anew"
        )
    for name, seat in seats.items():
        seat.restore(under(f"players/{name}", tensors))
    average.restore(under("average", tensors), counters["updates"])
    return counters


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with a prefix and a slash, without these."""
    start = f"{prefix}/"
    return {
        name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)
    }


def over(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Put a prefix and a slash before each name."""
    return {f"{prefix}/{name}": value for name, value in tensors.items()}
