"""MNIST as tensors, from the files that `lineart prepare mnist` verified."""

from __future__ import annotations

from pathlib import Path

import torch

from lineart_lib.recipe.dataset import Digits
from lineart_lib.recipe.idx import read_idx
from lineart_lib.recipe.prepare import read_manifest
from lineart_lib.runtime import data_folder

_STEMS = {"train": "train", "test": "t10k"}


def load_mnist(part: str, folder: Path | None = None) -> Digits:
    """Load one part of MNIST.

    Parameters
    ----------
    part : {"train", "test"}
        60,000 digits to learn from, or the 10,000 that are kept for the end.
    folder : Path, optional
        Where the four files and their manifest lie. The default is `mnist` in the data folder.

    Returns
    -------
    Digits

    Raises
    ------
    ValueError
        The part is unknown, or a file is not what the manifest says.
    FileNotFoundError
        The data are not prepared; the message names the command that does it.
    """
    if part not in _STEMS:
        raise ValueError(f"part must be one of {', '.join(_STEMS)}; got {part!r}")
    folder = data_folder() / "mnist" if folder is None else Path(folder)
    counts = {name: file["count"] for name, file in read_manifest(folder)["files"].items()}
    arrays = []
    for name in (f"{_STEMS[part]}-images-idx3-ubyte", f"{_STEMS[part]}-labels-idx1-ubyte"):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{folder / name} is gone: run `lineart prepare mnist` again")
        array = read_idx(folder / name)
        if len(array) != counts[name]:
            raise ValueError(
                f"{folder / name} holds {len(array):,} items, its manifest says {counts[name]:,}: "
                "run `lineart prepare mnist --force`"
            )
        arrays.append(array)
    images, labels = arrays
    return Digits(torch.tensor(images), torch.tensor(labels, dtype=torch.int64))
