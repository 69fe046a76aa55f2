"""Who learns in a training: a network, what it minimises, and how it moves.

A plain training has one player. A game has several: each in turn moves its own weights, and sees
the others as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from lineart_lib.training.machines import fill, whole
from lineart_lib.training.settings import LoopSettings

Models = Mapping[str, nn.Module]
Terms = dict[str, Tensor]
"""What a loss is made of, by name, each a number; ``loss`` is the one that is minimised."""


@dataclass(frozen=True)
class Player:
    """A network that learns."""

    model: nn.Module
    """Trained in place."""
    loss_of: Callable[[Models, Any], Terms]
    """``loss_of(models, batch)`` returns the terms, means over the batch. `models` holds the
    networks of all players by name, and none but the player's own gets a gradient."""
    learning_rate: float | None = None
    """Its highest rate, above 0; None takes the one of the settings."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Memories of AdamW; games are usually played with a short first one, such as (0.5, 0.99)."""
    every: int = 1
    """It moves in each step whose number is a multiple, at least 1: a generator that moves in
    every third step leaves its critic three moves for one."""
    methods: tuple[str, ...] = ()
    """Methods of the model, other than its call, that its own loss uses: among several processes
    the gradients must know of them."""

    def __post_init__(self) -> None:
        if self.learning_rate is not None and not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0; got {self.learning_rate}")
        if self.every < 1:
            raise ValueError(f"every must be at least 1; got {self.every}")


class Seat:
    """A player at the table: its network among the processes, and its optimizer."""

    def __init__(self, player: Player, fabric: Fabric, settings: LoopSettings) -> None:
        if settings.channels_last and settings.strategy != "fsdp":  # It cuts contiguous weights.
            player.model.to(memory_format=torch.channels_last)
        self.player = player
        self.model = player.model
        """Bare: what the others see."""
        self.moving = fabric.setup_module(player.model)
        """With gradients that are the mean over all processes: what the player itself uses."""
        for name in player.methods:
            self.moving.mark_forward_method(name)
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        if not self.parameters:
            raise ValueError("a player must have a parameter to train; all of its are frozen")
        self.rate = player.learning_rate or settings.learning_rate
        rich = [p for p in self.parameters if p.ndim > 1]
        poor = [p for p in self.parameters if p.ndim <= 1]
        groups = [(rich, settings.weight_decay), (poor, 0.0)]
        self.optimizer = fabric.setup_optimizers(
            torch.optim.AdamW(
                [{"params": group, "weight_decay": decay} for group, decay in groups if group],
                lr=self.rate,
                betas=player.betas,
                fused=True,
            )
        )
        self.model.train()

    def set_rate(self, part: float) -> None:
        """Set the learning rate to a part of the highest one."""
        for group in self.optimizer.param_groups:
            group["lr"] = part * self.rate

    def state(self) -> dict[str, Tensor]:
        """Return weights, buffers and the optimizer's memory by name, whole, on the CPU.

        Among processes that share the weights, all of them must ask.
        """
        found = {f"model/{name}": value for name, value in self.model.state_dict().items()}
        memory = self.optimizer.optimizer.state
        for number, parameter in enumerate(self.parameters):
            for key, value in memory[parameter].items():
                found[f"optimizer/{number}/{key}"] = value
        return {name: whole(value).cpu() for name, value in found.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take up what `state` returned.

        Raises
        ------
        KeyError
            A tensor is missing.
        """
        for name, value in self.model.state_dict().items():
            fill(value, state[f"model/{name}"])
        memory = self.optimizer.optimizer.state
        for number, parameter in enumerate(self.parameters):
            if f"optimizer/{number}/step" not in state:
                continue  # It never had a gradient.
            held = {
                # Laid out as the weight is: the fused update walks through all of them in step.
                key: torch.empty_like(parameter, requires_grad=False)
                for key in ("exp_avg", "exp_avg_sq")
            }
            for key, value in held.items():
                fill(value, state[f"optimizer/{number}/{key}"])
            device = parameter.device
            memory[parameter] = {
                "step": state[f"optimizer/{number}/step"].clone().to(device),
                **held,
            }


@contextmanager
def turn(name: str, seats: Mapping[str, Seat]) -> Iterator[Models]:
    """Let one player move: give its view of the table, and freeze the others meanwhile.

    Whatever the precision, the outputs of all networks are float32, so that losses are.

    Parameters
    ----------
    name : str
        Of the player.
    seats : mapping
        All of them by name.

    Yields
    ------
    mapping
        The networks by name, for `Player.loss_of`.
    """
    others = [seat for other, seat in seats.items() if other != name]
    frozen = [parameter for seat in others for parameter in seat.parameters]
    hooks = [seat.model.register_forward_hook(_in_float32) for seat in others]
    for parameter in frozen:
        parameter.requires_grad_(False)
    try:
        yield {n: seat.moving if n == name else seat.model for n, seat in seats.items()}
    finally:
        for hook in hooks:
            hook.remove()
        for parameter in frozen:
            parameter.requires_grad_(True)


def _in_float32(module: nn.Module, given: Any, output: Any) -> Any:
    """Widen what a network returns, as Fabric does for the one that moves."""
    return tree_map_only(Tensor, lambda t: t.float() if t.dtype == torch.bfloat16 else t, output)
