"""Read off a network what leaves each of its parts, without computing it; drawings show that."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from lineart_lib.models.blocks import ResNeXtBlock
from lineart_lib.models.hinted_unet import Decoder, HintedUNet
from lineart_lib.press.colorizers import Maps


class Part(NamedTuple):
    """A part of a network, as a drawing needs it."""

    shape: tuple[int, ...]
    """Of what leaves it, without the batch."""
    parameters: int
    """Numbers in it that training may change."""


@torch.no_grad()
def parts_of(model: nn.Module, names: Sequence[str], *inputs: Any) -> dict[str, Part]:
    """Run a network on shapes alone, and note what leaves its parts.

    Parameters
    ----------
    model : nn.Module
        It stays as it is; a copy without numbers is run, so any size is quick.
    names : sequence of str
        Of modules within it, as ``model.named_modules()`` has them, such as ``"unet.down.0"``.
    *inputs
        Of a batch of one, tensors or tuples of them; only their shapes are read.

    Returns
    -------
    dict
        By name, in the order of `names`.

    Raises
    ------
    ValueError
        There is no such part, or it was not run.
    """
    empty = copy.deepcopy(model).to("meta")
    known = dict(empty.named_modules())
    missing = [name for name in names if name not in known]
    if missing:
        raise ValueError(f"the network has no {', '.join(missing)}; look at its named_modules()")
    left: dict[str, tuple[int, ...]] = {}

    def watching(name: str):
        def note(module: nn.Module, given: Any, output: Tensor) -> None:
            left[name] = tuple(output.shape[1:])

        return note

    for name in names:
        known[name].register_forward_hook(watching(name))
    empty(*tree_map_only(Tensor, lambda tensor: tensor.to("meta"), inputs))
    idle = [name for name in names if name not in left]
    if idle:
        raise ValueError(f"{', '.join(idle)} did not run: give inputs that reach it")
    return {
        name: Part(left[name], sum(p.numel() for p in known[name].parameters() if p.requires_grad))
        for name in names
    }


class UNetMaps(NamedTuple):
    """What `lineart_lib.press.colorizers.draw_unet` draws."""

    down: list[Maps]
    code: Maps
    up: list[list[Maps]]
    """Of each decoder."""
    hints: Maps
    """As they enter."""


def unet_maps(model: nn.Module, *inputs: Any) -> UNetMaps:
    """Read the stages of a colorizer that holds one `HintedUNet`, and perhaps a guide.

    Parameters
    ----------
    model : nn.Module
        Its first decoder is the U-Net's own.
    *inputs
        As in `parts_of`.
    """
    modules = dict(model.named_modules())
    unet = next(name for name, module in modules.items() if isinstance(module, HintedUNet))
    decoders = [name for name, module in modules.items() if isinstance(module, Decoder)]
    decoders.sort(key=lambda name: not name.startswith(unet))
    falls = [f"{unet}.enter", *(f"{unet}.down.{place}" for place in range(4))]
    rises = [
        [*(f"{name}.rise.{place}" for place in range(3)), f"{name}.leave"] for name in decoders
    ]
    deep, hint = f"{unet}.deepest", f"{unet}.hint"
    names = [*falls, deep, hint, *(name for rising in rises for name in rising)]
    parts = parts_of(model, names, *inputs)

    def maps(name: str) -> Maps:
        channels, side, _ = parts[name].shape
        blocks = sum(isinstance(layer, ResNeXtBlock) for layer in modules[name].modules())
        return Maps(channels, side, f"{blocks} blocks" if blocks else "")

    return UNetMaps(
        [maps(name) for name in falls],
        maps(deep),
        [[maps(name) for name in rising] for rising in rises],
        maps(hint),
    )
