"""Where a training runs: one process, or several on one or more machines, started by torchrun.

Nothing is asked twice: torchrun says how many processes there are and which one this is, and the
loop is the same for all of them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy, ModelParallelStrategy
from torch import Tensor, nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.utils._pytree import tree_map_only

from lineart_lib.training.settings import LoopSettings

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh


_ASKED: ContextVar[Mapping[str, str]] = ContextVar("asked", default=MappingProxyType({}))


@contextmanager
def asking(**machine: str) -> Iterator[None]:
    """Let every training inside run otherwise than its settings say.

    Parameters
    ----------
    **machine
        `device`, `strategy`, `precision`, as `LoopSettings` has them.

    Raises
    ------
    ValueError
        There is no such device, strategy or precision.
    """
    replace(LoopSettings(steps=1), **machine)
    token = _ASKED.set(machine)
    try:
        yield
    finally:
        _ASKED.reset(token)


def as_asked(settings: LoopSettings) -> LoopSettings:
    """Return settings with what `asking` changes."""
    return replace(settings, **_ASKED.get())


def is_first() -> bool:
    """Tell whether this is the first of torchrun's processes, or the only one."""
    return os.environ.get("RANK", "0") == "0"


def connect(settings: LoopSettings) -> Fabric:
    """Join the processes of this training, and say on which device and in what precision.

    Parameters
    ----------
    settings : LoopSettings
        Its `device`, `strategy` and `precision` are read.

    Returns
    -------
    Fabric
        Launched: all processes have found each other.

    Raises
    ------
    ValueError
        As `fabric_of`.
    """
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # `sessions.jsonl` tells it.
    fabric = fabric_of(settings)
    fabric.launch()
    return fabric


def fabric_of(settings: LoopSettings) -> Fabric:
    """Read from torchrun's variables where this process stands, and make its Fabric.

    Parameters
    ----------
    settings : LoopSettings
        Its `device`, `strategy` and `precision` are read.

    Returns
    -------
    Fabric
        Not launched. Under torchrun it knows its rank among all machines; otherwise it is alone.

    Raises
    ------
    ValueError
        A GPU is asked for and there is none, or shards are asked for in a process that torchrun
        did not start.
    """
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise ValueError(
            "device='cuda' needs a GPU that PyTorch can see, and it sees none: take device='auto'"
        )
    started = "LOCAL_RANK" in os.environ
    if settings.strategy == "fsdp" and not started:
        raise ValueError(
            "strategy='fsdp' shares the weights out among processes: start them with "
            "`torchrun --nproc-per-node 2 …`, or take strategy='auto'"
        )
    ranks = int(os.environ["WORLD_SIZE"]) if started else 1
    here = int(os.environ["LOCAL_WORLD_SIZE"]) if started else 1
    return Fabric(
        accelerator=settings.device,
        strategy=_strategy(settings.strategy, ranks),
        devices=here,
        num_nodes=ranks // here,
        precision=settings.precision,
    )


def _strategy(name: str, ranks: int) -> Any:
    if name == "fsdp":
        return ModelParallelStrategy(shard, data_parallel_size=ranks, tensor_parallel_size=1)
    if ranks > 1:
        # Buffers are not sent before each pass: a loss may pass through a network several times,
        # and a buffer must not change between a pass and its gradient.
        return DDPStrategy(forward_sync_buffers=False)
    return "auto"


def shard(module: nn.Module, mesh: DeviceMesh) -> nn.Module:
    """Give each process its rows of every parameter; a pass gathers them and lets them go.

    The blocks of each `ModuleList` are gathered one at a time, as they are passed through; what is
    left is gathered for the whole pass. They are let go after the first gradient, so a loss that
    takes a gradient of a gradient, such as a gradient penalty, needs whole weights: ``"ddp"``.

    Parameters
    ----------
    module : nn.Module
        Changed in place: its parameters become distributed tensors.
    mesh : DeviceMesh
        With an axis named ``data_parallel``.

    Returns
    -------
    nn.Module
        The same.
    """
    among = mesh["data_parallel"]
    for holder in module.modules():
        if isinstance(holder, nn.ModuleList):
            for block in holder:
                fully_shard(block, mesh=among, reshard_after_forward=True)
    # Also after a pass without a gradient, as of a sample: what was gathered would go stale.
    return fully_shard(module, mesh=among, reshard_after_forward=True)


def whole(tensor: Tensor) -> Tensor:
    """Gather a tensor that lies in shards; every process must ask. Others are returned as is."""
    tensor = tensor.detach()
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


@torch.no_grad()
def fill(target: Tensor, values: Tensor) -> None:
    """Write a whole tensor into one that may lie in shards, on another device or in other order.

    Parameters
    ----------
    target : Tensor
        Overwritten; it keeps its layout in memory.
    values : Tensor
        Of the same shape.
    """
    values = values.to(target.device)
    if isinstance(target, DTensor):
        values = distribute_tensor(values, target.device_mesh, target.placements)
    target.copy_(values)


def place(batch: Any, device: torch.device, channels_last: bool) -> Any:
    """Bring the tensors of a batch to a device, maps with the channels last when asked for.

    Parameters
    ----------
    batch : Any
        A tensor, or tuples, lists and dictionaries of them; the rest is left as it is.
    device : torch.device
    channels_last : bool
        Of maps, which are real numbers with four axes; labels are no maps.

    Returns
    -------
    Any
        Of the same structure.
    """

    def one(tensor: Tensor) -> Tensor:
        maps = channels_last and tensor.ndim == 4 and tensor.is_floating_point()
        layout = torch.channels_last if maps else torch.preserve_format
        return tensor.to(device, non_blocking=True, memory_format=layout)

    return tree_map_only(Tensor, one, batch)
