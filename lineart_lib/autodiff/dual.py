"""Forward-mode automatic differentiation with dual numbers.

A dual number is a value and a tangent: how fast the value moves when the input moves in a chosen
direction. Every operation carries both forward, so that nothing has to be stored. One pass gives
the derivative of all outputs along one direction.

References
----------
W. K. Clifford, "Preliminary sketch of biquaternions", 1873.
A. G. Baydin et al., "Automatic differentiation in machine learning: a survey", JMLR 18, 2018, §3.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from lineart_lib.autodiff.rules import Rule, Scalar, as_float


class Dual(Scalar):
    """A value and its tangent.

    Parameters
    ----------
    value : float
        The number itself.
    tangent : float
        Its derivative along the direction of the pass. Zero, the default, means a constant.

    Examples
    --------
    >>> x = Dual(3.0, 1.0)
    >>> y = x * x + 1.0
    >>> y.value, y.tangent
    (10.0, 6.0)
    """

    __slots__ = ("_sweep", "tangent", "value")

    def __init__(self, value: float, tangent: float = 0.0) -> None:
        self.value = as_float(value, "the value of a Dual")
        self.tangent = as_float(tangent, "the tangent of a Dual")
        self._sweep: object | None = None

    def _apply(self, operation: str, rule: Rule, operands: tuple[Dual, ...]) -> Dual:
        value, slopes = rule(*(operand.value for operand in operands))
        tangent = sum(slope * x.tangent for slope, x in zip(slopes, operands, strict=True))
        result = type(self)(value, tangent)
        result._sweep = _common_sweep(operands)
        return result

    def __repr__(self) -> str:
        return f"Dual({self.value!r}, {self.tangent!r})"


def _common_sweep(operands: tuple[Dual, ...]) -> object | None:
    """Name the pass that the operands belong to; two passes at once would mix their tangents."""
    sweeps = {x._sweep for x in operands if x._sweep is not None}
    if len(sweeps) > 1:
        raise TypeError(
            "a derivative inside a derivative met a variable of the outer one: "
            "Dual holds first derivatives only; pass the outer variable's .value"
        )
    return sweeps.pop() if sweeps else None


def jvp(
    f: Callable[..., Any], point: Sequence[float], direction: Sequence[float]
) -> tuple[Any, Any]:
    """Evaluate `f` and its derivative along a direction, in one forward pass.

    Parameters
    ----------
    f : callable
        Takes one Dual a coordinate. Gives a Dual, a number (a constant), or a sequence of these.
    point : sequence of float
        Where, one number a coordinate.
    direction : sequence of float
        The direction v, as long as `point`.

    Returns
    -------
    value, tangent : float, or two tuples of float
        f(point), and the Jacobian-vector product J(point)·v; tuples if `f` gives a sequence.

    Raises
    ------
    ValueError
        If `point` and `direction` differ in length.
    TypeError
        If `f` gives something else, or if a pass is nested in another and mixes with it.

    Examples
    --------
    >>> jvp(lambda x, y: x * y, point=(2.0, 5.0), direction=(1.0, 0.0))
    (10.0, 5.0)
    """
    if len(point) != len(direction):
        raise ValueError(
            f"point and direction must be equally long; got {len(point)} and {len(direction)}"
        )
    inputs = [Dual(x, v) for x, v in zip(point, direction, strict=True)]
    sweep = object()
    for dual in inputs:
        dual._sweep = sweep
    output = f(*inputs)
    if isinstance(output, (list, tuple)):
        pairs = [_pair(item) for item in output]
        return tuple(value for value, _ in pairs), tuple(tangent for _, tangent in pairs)
    return _pair(output)


def _pair(output: Dual | float) -> tuple[float, float]:
    if isinstance(output, Dual):
        return output.value, output.tangent
    if isinstance(output, Real):
        return float(output), 0.0
    raise TypeError(
        f"the function must give a Dual or a number; got {type(output).__name__}: "
        "build it with the operators and methods of its arguments, such as x.tanh()"
    )


def derivative(f: Callable[[Dual], Any], x: float) -> Any:
    """Differentiate a function of one variable at `x`.

    Parameters
    ----------
    f : callable
        Takes a Dual. Gives a Dual, a number, or a sequence of these.
    x : float
        Where.

    Returns
    -------
    float or tuple of float
        f'(x), one number an output.

    Examples
    --------
    >>> derivative(lambda x: x**3, 2.0)
    12.0
    """
    return jvp(f, (x,), (1.0,))[1]
