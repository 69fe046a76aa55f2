"""Reverse-mode automatic differentiation of scalars.

An expression of :class:`Node` objects computes its value at once and remembers how: each node keeps
its operands and its slope with respect to each of them. :meth:`Node.backward` then walks that graph
from the output to the leaves and multiplies slopes along the way: the chain rule.

The idea of a scalar engine this small is from A. Karpathy's micrograd (2020). The chapter is
"Core Principles", section Backpropagation.
"""

from __future__ import annotations

from lineart_lib.autodiff.rules import Rule, Scalar, as_float


class Node(Scalar):
    """A scalar in a computation graph.

    Parameters
    ----------
    value : float
        The number that the node holds.
    label : str
        A name for drawings. Empty means none.

    Attributes
    ----------
    grad : float
        Sum of the derivatives that the calls of :meth:`backward` have found for this node.
    operation : str
        What made the node, such as ``"+"``, ``"tanh"`` or ``"** 2"``. Empty for a leaf.
    operands : tuple of Node
        What the operation was applied to, in order. A node used twice is listed twice.
    slopes : tuple of float
        Derivative of this node with respect to each operand, at the operands' values.

    Examples
    --------
    >>> x = Node(3.0)
    >>> y = x * x + 1.0
    >>> y.backward()
    >>> y.value, x.grad
    (10.0, 6.0)
    """

    __slots__ = ("grad", "label", "operands", "operation", "slopes", "value")

    def __init__(self, value: float, label: str = "") -> None:
        self.value = as_float(value, "the value of a Node")
        self.grad = 0.0
        self.label = label
        self.operation = ""
        self.operands: tuple[Node, ...] = ()
        self.slopes: tuple[float, ...] = ()

    def _apply(self, operation: str, rule: Rule, operands: tuple[Node, ...]) -> Node:
        value, slopes = rule(*(operand.value for operand in operands))
        result = Node(value)
        result.operation, result.operands, result.slopes = operation, operands, slopes
        return result

    def backward(self) -> None:
        """Add d(self)/d(node) to the `grad` of every node that this one was computed from.

        The sweep starts from d(self)/d(self) = 1 and keeps its sums apart from the stored
        gradients. So a second call adds the same derivatives once more: every `grad` doubles, as
        the gradients of leaves do in PyTorch. Set them to zero between two steps of an
        optimizer (:meth:`lineart_lib.autodiff.optim.Optimizer.zero_grad`).

        The walk is a loop, so that the depth of a graph is bounded by memory alone.
        """
        adjoints = {self: 1.0}
        for node in reversed(topological_order(self)):
            adjoint = adjoints.pop(node)
            node.grad += adjoint
            for operand, slope in zip(node.operands, node.slopes, strict=True):
                adjoints[operand] = adjoints.get(operand, 0.0) + slope * adjoint

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Node({self.value!r}{label}, grad={self.grad!r})"


def topological_order(root: Node) -> list[Node]:
    """List every node that `root` was computed from, operands before results, `root` last.

    Parameters
    ----------
    root : Node
        The output of the graph.

    Returns
    -------
    list of Node
        Each node once, in the order of a depth-first walk.
    """
    order: list[Node] = []
    seen: set[Node] = set()
    stack = [(root, False)]
    while stack:
        node, operands_are_done = stack.pop()
        if operands_are_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((operand, False) for operand in reversed(node.operands))
    return order
