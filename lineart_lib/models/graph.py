"""Read the graph that PyTorch records of a model: its operations in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn

WITHOUT_EFFECT = ("_log_api_usage_once",)
"""Calls in a recorded graph that compute nothing."""


@dataclass(frozen=True)
class Operation:
    """One call in a recorded graph."""

    name: str
    """What is called, such as `conv2d`."""
    shape: tuple[int, ...]
    """Shape of its result."""
    weights: tuple[int, ...] | None
    """Shape of its matrix or kernels; None where it has no parameters."""


def record_graph(model: nn.Module, example: Tensor) -> fx.GraphModule:
    """Run a model once under PyTorch's recorder, without generating any code.

    Parameters
    ----------
    model : nn.Module
        Takes one tensor. Its forward pass must not branch on the values of a tensor.
    example : Tensor
        An input; only its shape and type matter.

    Returns
    -------
    fx.GraphModule
        The recorded calls, which can be run.

    Raises
    ------
    ValueError
        The model breaks into several graphs.
    """
    recorded: list[fx.GraphModule] = []

    def keep(graph: fx.GraphModule, inputs: list) -> Callable:
        recorded.append(graph)
        return graph.forward

    torch.compiler.reset()
    with torch.no_grad():
        torch.compile(model, backend=keep)(example)
    torch.compiler.reset()
    if len(recorded) != 1:
        raise ValueError(
            f"expected a model of one graph; it broke into {len(recorded)}: look for a branch on "
            "the value of a tensor"
        )
    return recorded[0]


def operations(graph: fx.GraphModule) -> list[Operation]:
    """List the calls of a recorded graph, in the order in which they run."""
    listed = []
    for node in graph.graph.nodes:
        if node.op not in ("call_function", "call_method"):
            continue
        name = node.target if isinstance(node.target, str) else node.target.__name__
        if name in WITHOUT_EFFECT:
            continue
        weights = [
            tuple(value.meta["example_value"].shape)
            for value in node.all_input_nodes
            if isinstance(value.meta["example_value"], nn.Parameter)
        ]
        kernels = max(weights, key=len) if weights else None
        listed.append(Operation(name, tuple(node.meta["example_value"].shape), kernels))
    return listed
