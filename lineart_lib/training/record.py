"""What a training leaves in its folder, while it goes on and when it is done.

=========================== =====================================================================
``config.json``             all that decides the weights
``metrics.jsonl``           one line every `log_every` steps
``samples/*.png``           a sheet every `sample_every` steps
``checkpoint.safetensors``  where to go on; gone when the training is done
``sessions.jsonl``          one line for each start: step, versions, device, processes, threads
``model.safetensors``       the weights; they appear last, and make it a run
=========================== =====================================================================
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from PIL import Image

from lineart_lib.press.provenance import versions
from lineart_lib.press.publication import write_json, write_text
from lineart_lib.training.runs import CONFIG, METRICS, WEIGHTS

CHECKPOINT, SESSIONS, SAMPLES = "checkpoint.safetensors", "sessions.jsonl", "samples"


class Means:
    """Means of named numbers over the steps since the last entry, and over all processes."""

    def __init__(self, sums: Mapping[str, tuple[float, int]] | None = None) -> None:
        self.sums = {
            name: (float(total), int(count)) for name, (total, count) in (sums or {}).items()
        }

    def add(self, values: Mapping[str, float]) -> None:
        """Take in the numbers of one step."""
        for name, value in values.items():
            total, count = self.sums.get(name, (0.0, 0))
            self.sums[name] = (total + value, count + 1)

    def share(self, fabric: Fabric) -> None:
        """Give all processes the same sums; each of them must call it at the same step."""
        if fabric.world_size == 1 or not self.sums:
            return
        totals = torch.tensor([total for total, _ in self.sums.values()], dtype=torch.float64)
        totals = fabric.all_reduce(totals.to(fabric.device), reduce_op="mean").tolist()
        self.sums = {
            name: (total, count)
            for (name, (_, count)), total in zip(self.sums.items(), totals, strict=True)
        }

    def take(self) -> dict[str, float]:
        """Return the means and begin anew."""
        means = {name: total / count for name, (total, count) in self.sums.items()}
        self.sums = {}
        return means


def open_folder(folder: Path, config: Mapping[str, Any], *, replace: bool = False) -> None:
    """Begin a run in a folder, or see that the one that lies there has the same settings.

    Parameters
    ----------
    folder : Path
        It exists.
    config : mapping
        All that decides the weights.
    replace : bool
        Remove a run of other settings.

    Raises
    ------
    ValueError
        A run of other settings lies there and is not to be replaced, or there are files of which
        nothing says what they are.
    """
    path = folder / CONFIG
    if not path.is_file():
        others = [name for name in (WEIGHTS, METRICS, CHECKPOINT) if (folder / name).exists()]
        if others:
            raise ValueError(
                f"{folder} holds {', '.join(others)} but no {CONFIG} that says what it is: remove "
                "it, or take another folder"
            )
        write_json(path, config)
        return
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as problem:
        raise ValueError(f"{path} cannot be read ({problem}): remove {folder}") from problem
    differing = [
        f"{name}: {_at(kept, name)!r} there, {_at(config, name)!r} here"
        for name in sorted(_names(kept) | _names(config))
        if _at(kept, name) != _at(config, name)
    ]
    if differing and replace:
        shutil.rmtree(folder)
        folder.mkdir()
        write_json(path, config)
    elif differing:
        raise ValueError(
            f"{folder} holds a run of other settings ({'; '.join(differing)}): take another "
            "folder, or remove that one to train anew"
        )


def _names(tree: Mapping[str, Any], before: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Name the leaves of nested mappings."""
    found: set[tuple[str, ...]] = set()
    for name, value in tree.items():
        deeper = isinstance(value, dict) and value
        found |= _names(value, (*before, name)) if deeper else {(*before, name)}
    return found


def _at(tree: Any, names: tuple[str, ...]) -> Any:
    """Look a leaf up, None where there is none."""
    for name in names:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def cut_metrics(folder: Path, step: int) -> None:
    """Forget the entries after a step: they will be made again."""
    path = folder / METRICS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    kept = []
    for line in lines:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            break  # The kill came while it was written.
        if entry["step"] <= step:
            kept.append(line + "\n")
    write_text(path, "".join(kept))


def add_line(path: Path, entry: Mapping[str, Any]) -> None:
    """Append one line of JSON; NaN is refused."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, allow_nan=False) + "\n")


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """Return the entries of a run, in order."""
    lines = (folder / METRICS).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def begin_session(folder: Path, step: int, fabric: Fabric) -> None:
    """Clear what a kill left half done, and note on what the training runs from a step on."""
    for left in (*folder.glob(f".{CHECKPOINT}.*"), *folder.glob(f"{SAMPLES}/.*.part")):
        left.unlink()
    cut_metrics(folder, step)
    device = fabric.device
    entry = {
        "step": step,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "processes": fabric.world_size,
        "threads": torch.get_num_threads(),
        "versions": versions(),
    }
    add_line(folder / SESSIONS, entry)


def save_sample(folder: Path, step: int, picture: Any) -> Path:
    """Save a sheet of samples as PNG, under a temporary name first.

    Parameters
    ----------
    folder : Path
        Of the run.
    step : int
        Its number in the name.
    picture : ndarray
        uint8, (H, W, 3) in sRGB or (H, W) in grey.

    Raises
    ------
    ValueError
        It is no such picture.
    """
    pixels = np.asarray(picture)
    coloured = pixels.ndim == 3 and pixels.shape[2] == 3
    if pixels.dtype != np.uint8 or not (coloured or pixels.ndim == 2):
        raise ValueError(
            "a sample must be uint8, (H, W, 3) or (H, W); got "
            f"{pixels.dtype}, {pixels.shape}: convert it with images.to_pixels"
        )
    path = folder / SAMPLES / f"{step:08d}.png"
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    Image.fromarray(pixels).save(part, format="PNG")
    part.replace(path)
    return path


def check_finite(values: Mapping[str, float], step: int, player: str, saved: str) -> None:
    """Stop a training whose loss or gradient is no number.

    Parameters
    ----------
    values : mapping
        Terms of the loss, or the norm of a gradient, by name.
    step : int
        In which they arose, before any weight was changed by them.
    player : str
        Whose they are.
    saved : str
        What is safe, told to the reader.

    Raises
    ------
    FloatingPointError
        One of them is NaN or infinite. The step, the player and each such term are named.
    """
    bad = [f"{name} is {value}" for name, value in values.items() if not math.isfinite(value)]
    if bad:
        raise FloatingPointError(
            f"step {step}, {player}: {', '.join(bad)}. The training stops before it spoils the "
            f"weights; {saved}. Lower learning_rate or clip, take precision='32-true', or look at "
            f"that batch: batch_of({step}, rank, ranks)"
        )
