"""Evaluate plain arithmetic, and nothing else, from a text."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable

_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def evaluate(expression: str) -> float:
    """Evaluate arithmetic over plain numbers; nothing else is run.

    Parameters
    ----------
    expression : str
        For example ``(51.16 + 94.40 + 106.05) / 3``.

    Raises
    ------
    ValueError
        When there is anything but numbers, ``+ - * / **`` and parentheses, or no finite result.
    """

    def walk(node: ast.AST) -> float:
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return node.value
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            left, right = walk(node.left), walk(node.right)
            if isinstance(node.op, ast.Pow) and abs(right) > 64:
                raise ValueError(f"powers must be at most 64; got {right}")
            return _OPERATORS[type(node.op)](left, right)
        if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](walk(node.operand))
        raise ValueError(f"only numbers and + - * / ** ( ) are allowed; got {expression!r}")

    try:
        result = walk(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ArithmeticError) as error:
        raise ValueError(f"{expression!r} has no value: {error}") from None
    if isinstance(result, complex) or not math.isfinite(result):
        raise ValueError(f"{expression!r} must be a finite real number; got {result}")
    return result
