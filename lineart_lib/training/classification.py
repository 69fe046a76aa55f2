"""Train a classifier on pictures that fit in memory: batch → step → backward → update → log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import cross_entropy

from lineart_lib.recipe.dataset import batches

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Split:
    """Inputs and labels of one part of a data set."""

    inputs: Tensor
    """float32 (N, …): whatever the model takes, row by row."""
    labels: Tensor
    """int64 (N,), the class of each row."""

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training set measured; means are over rows, not over batches."""

    train_loss: float
    """Mean cross-entropy in nats of the batches as they were met, each before its update."""
    train_accuracy: float
    """Share of right answers in [0, 1], measured likewise."""
    validation_loss: float
    """Mean cross-entropy in nats after the epoch."""
    validation_accuracy: float
    """Share of right answers in [0, 1] after the epoch."""


def step(
    model: nn.Module, inputs: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> tuple[float, int]:
    """Do one update of the weights.

    Parameters
    ----------
    model : nn.Module
        Maps (B, …) to logits (B, classes).
    inputs, labels : Tensor
        One batch: float32 (B, …) and int64 (B,).
    optimizer : torch.optim.Optimizer
        Holds the model's parameters.

    Returns
    -------
    loss : float
        Mean cross-entropy of the batch in nats, before the update.
    correct : int
        Right answers in the batch, before the update.
    """
    logits = model(inputs)  # (B, classes)
    loss = cross_entropy(logits, labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item(), int((logits.argmax(dim=1) == labels).sum())


@torch.inference_mode()
def predict(model: nn.Module, inputs: Tensor, batch_size: int = 1024) -> Tensor:
    """Return the logits of all rows, batch by batch, without gradients.

    Returns
    -------
    Tensor
        float32 (N, classes).
    """
    model.eval()
    return torch.cat([model(inputs[index]) for index in batches(len(inputs), batch_size)])


def evaluate(model: nn.Module, split: Split, batch_size: int = 1024) -> tuple[float, float]:
    """Return mean cross-entropy in nats and share of right answers in [0, 1] over a split."""
    logits = predict(model, split.inputs, batch_size)
    loss = cross_entropy(logits, split.labels).item()
    return loss, (logits.argmax(dim=1) == split.labels).double().mean().item()


def fit(
    model: nn.Module,
    train: Split,
    validation: Split,
    *,
    epochs: int,
    batch_size: int,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    augment: Callable[[Tensor, torch.Generator], Tensor] | None = None,
) -> list[Epoch]:
    """Train a classifier and measure it after each epoch. The test set is none of its business.

    Parameters
    ----------
    model : nn.Module
        Changed in place.
    train, validation : Split
        What to learn from, and what to measure with.
    epochs : int
        Passes over the training set, at least 1.
    batch_size : int
        Rows in a step, at least 1.
    optimizer : torch.optim.Optimizer
        Holds the model's parameters.
    generator : torch.Generator
        Shuffles the training set anew in each epoch, and is handed to `augment`.
    scheduler : LRScheduler, optional
        Sets the learning rate after each step. The default keeps it.
    augment : callable, optional
        Changes the inputs of a batch before they are learned from.

    Returns
    -------
    list of Epoch
        One for each epoch.

    Raises
    ------
    ValueError
        Fewer than one epoch.
    """
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1; got {epochs}")
    history = []
    for _ in range(epochs):
        model.train()
        loss_sum, correct = 0.0, 0
        for index in batches(len(train), batch_size, generator):
            inputs = train.inputs[index]
            if augment is not None:
                inputs = augment(inputs, generator)
            loss, right = step(model, inputs, train.labels[index], optimizer)
            if scheduler is not None:
                scheduler.step()
            loss_sum += loss * len(index)
            correct += right
        measured = evaluate(model, validation)
        history.append(Epoch(loss_sum / len(train), correct / len(train), *measured))
    return history
