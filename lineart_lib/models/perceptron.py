"""Rosenblatt's perceptron: one threshold unit that learns from its mistakes.

The chapter is "Neural networks", section Perceptron.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Perceptron:
    """A hyperplane that answers 1 on one of its sides and 0 on the other."""

    weights: Tensor
    """float64 (features,), the normal of the hyperplane."""
    bias: float
    """Added to the weighted sum; it shifts the hyperplane off the origin."""

    def __call__(self, inputs: Tensor) -> Tensor:
        """Answer for each row of (N, features): 1 where w·x + b > 0, else 0."""
        return (inputs @ self.weights + self.bias > 0).long()


def accuracy(perceptron: Perceptron, inputs: Tensor, labels: Tensor) -> float:
    """Return the share of right answers, in [0, 1]."""
    return (perceptron(inputs) == labels).double().mean().item()


def learn(
    inputs: Tensor, labels: Tensor, *, generator: torch.Generator, passes: int = 100
) -> tuple[Perceptron, list[int]]:
    """Learn by Rosenblatt's rule: at each mistake, add (label - answer) times the input.

    The rule stops by itself where the two classes can be separated. Where they cannot, it circles
    for ever; so the best perceptron met on the way is kept and returned.

    Parameters
    ----------
    inputs : Tensor
        float64 (N, features).
    labels : Tensor
        int64 (N,), each 0 or 1.
    generator : torch.Generator
        Draws a new order of the rows for each pass.
    passes : int
        How often to go through all rows at most; at least 1.

    Returns
    -------
    perceptron : Perceptron
        The one with the fewest wrong answers.
    mistakes : list of int
        Corrections made in each pass. The last is 0 where the rule has stopped.

    Raises
    ------
    ValueError
        Labels that are not 0 or 1, or fewer than one pass.

    References
    ----------
    F. Rosenblatt, "The perceptron", 1958. The best weights are kept after S. Gallant's "pocket"
    algorithm, 1990. A. Novikoff, "On convergence proofs on perceptrons", 1962.
    """
    if not set(labels.tolist()) <= {0, 1}:
        raise ValueError(f"labels must be 0 or 1; got {sorted(set(labels.tolist()))}")
    if passes < 1:
        raise ValueError(f"passes must be at least 1; got {passes}")
    current = Perceptron(torch.zeros(inputs.shape[1], dtype=torch.float64), 0.0)
    best, best_share = current, accuracy(current, inputs, labels)
    mistakes: list[int] = []
    for _ in range(passes):
        mistakes.append(0)
        for index in torch.randperm(len(labels), generator=generator).tolist():
            row = inputs[index]
            error = int(labels[index]) - int(current(row))  # 0 when right, else +1 or -1
            if error:
                mistakes[-1] += 1
                current = Perceptron(current.weights + error * row, current.bias + error)
                share = accuracy(current, inputs, labels)
                if share > best_share:
                    best, best_share = current, share
        if mistakes[-1] == 0:
            break
    return best, mistakes
