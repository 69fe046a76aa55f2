"""Derivative rules of the elementary operations, and the operators that use them.

A rule takes the numbers that go into an operation. It gives back the number that comes out and
its slopes: the derivative of the output with respect to each input, at that point. Both modes of
automatic differentiation read this one table. Reverse mode stores the slopes in a graph
(:mod:`lineart_lib.autodiff.engine`); forward mode uses them at once
(:mod:`lineart_lib.autodiff.dual`).

The chapter that derives the rules is "Core Principles", section Backpropagation.

References
----------
A. Griewank, A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM, 2008, table 2.3.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import Any, Self

Outcome = tuple[float, tuple[float, ...]]
"""The value of an operation, and one slope an operand."""

Rule = Callable[..., Outcome]


def add(a: float, b: float) -> Outcome:
    """Sum, with slopes 1 and 1."""
    return a + b, (1.0, 1.0)


def subtract(a: float, b: float) -> Outcome:
    """Difference, with slopes 1 and -1."""
    return a - b, (1.0, -1.0)


def multiply(a: float, b: float) -> Outcome:
    """Product: each slope is the other factor."""
    return a * b, (b, a)


def divide(a: float, b: float) -> Outcome:
    """Quotient, with slopes 1/b and -a/b².

    Raises
    ------
    ZeroDivisionError
        If `b` is zero.
    """
    if b == 0.0:
        raise ZeroDivisionError(f"cannot divide {a} by 0: keep the denominator away from zero")
    quotient = a / b
    return quotient, (1.0 / b, -quotient / b)


def negate(a: float) -> Outcome:
    """Opposite, with slope -1."""
    return -a, (-1.0,)


def power(a: float, exponent: float) -> Outcome:
    """Power with a constant exponent p, with slope p·a^(p-1).

    Raises
    ------
    ZeroDivisionError
        If `a` is zero and the exponent is negative.
    ValueError
        If the power is not a real number (negative base, fractional exponent), or if it is one
        but its slope is infinite (base zero, exponent between 0 and 1).
    OverflowError
        If the result does not fit a float.
    """
    if a == 0.0 and exponent < 0.0:
        raise ZeroDivisionError(f"cannot raise 0 to {exponent:g}: keep the base away from zero")
    if a < 0.0 and not exponent.is_integer():
        raise ValueError(
            f"({a}) ** {exponent:g} is not a real number: "
            "use a base above zero or a whole-number exponent"
        )
    if a == 0.0 and 0.0 < exponent < 1.0:
        raise ValueError(
            f"0 ** {exponent:g} has an infinite slope: keep the base above zero, "
            "for example (x + 1e-12) ** 0.5"
        )
    try:
        value = a**exponent
        slope = exponent * a ** (exponent - 1.0) if exponent else 0.0
    except OverflowError:
        raise OverflowError(
            f"({a}) ** {exponent:g} does not fit a float: scale the base down"
        ) from None
    return value, (slope,)


def exponential(a: float, base: float) -> Outcome:
    """Power of a constant base c, with slope c^a·log c.

    Raises
    ------
    ValueError
        If the base is not above zero.
    OverflowError
        If the result does not fit a float.
    """
    if not base > 0.0:
        raise ValueError(f"the base of `base ** x` must be above zero; got {base}")
    try:
        value = base**a
    except OverflowError:
        raise OverflowError(f"{base} ** {a} does not fit a float: scale x down") from None
    return value, (value * math.log(base),)


def tanh(a: float) -> Outcome:
    """Hyperbolic tangent, with slope 1 - tanh²."""
    value = math.tanh(a)
    return value, (1.0 - value * value,)


def sigmoid(a: float) -> Outcome:
    """Logistic function 1 / (1 + e^-a), with slope e^-|a| / (1 + e^-|a|)².

    Only e^-|a| is computed. It lies in [0, 1], so that no input overflows.
    """
    decay = math.exp(-abs(a))
    value = (1.0 if a >= 0.0 else decay) / (1.0 + decay)
    return value, (decay / (1.0 + decay) ** 2,)


def relu(a: float) -> Outcome:
    """Positive part, with slope 1 above zero and 0 elsewhere (at zero too, as in PyTorch)."""
    return (0.0, (0.0,)) if a <= 0.0 else (a, (1.0,))


def exp(a: float) -> Outcome:
    """Exponential, its own slope.

    Raises
    ------
    OverflowError
        If the result does not fit a float (`a` above about 709.78).
    """
    try:
        value = math.exp(a)
    except OverflowError:
        raise OverflowError(
            f"exp({a}) does not fit a float (the limit is about 709.78): scale the input down"
        ) from None
    return value, (value,)


def log(a: float) -> Outcome:
    """Natural logarithm, with slope 1/a.

    Raises
    ------
    ValueError
        If `a` is not above zero.
    """
    if not a > 0.0:
        raise ValueError(
            f"log needs a number above zero; got {a}: add a small constant or check the sign"
        )
    return math.log(a), (1.0 / a,)


class Scalar(ABC):
    """A number whose operators apply the rules; what is kept of the slopes is the subclass's."""

    __slots__ = ()
    __array_ufunc__ = None  # so that `numpy.float64(2) * node` asks the node

    value: float

    @abstractmethod
    def __init__(self, value: float) -> None: ...

    @abstractmethod
    def _apply(self, operation: str, rule: Rule, operands: tuple[Any, ...]) -> Self:
        """Give the result of `rule` on the values of `operands`, with what its slopes mean."""

    def _binary(self, operation: str, rule: Rule, left: Any, right: Any) -> Self:
        operands = []
        for operand in (left, right):
            if isinstance(operand, Real):
                operand = type(self)(float(operand))
            elif not isinstance(operand, type(self)):
                return NotImplemented  # Python then raises its own TypeError, naming both types
            operands.append(operand)
        return self._apply(operation, rule, tuple(operands))

    def __add__(self, other: Self | float) -> Self:
        return self._binary("+", add, self, other)

    def __radd__(self, other: float) -> Self:
        return self._binary("+", add, other, self)

    def __sub__(self, other: Self | float) -> Self:
        return self._binary("-", subtract, self, other)

    def __rsub__(self, other: float) -> Self:
        return self._binary("-", subtract, other, self)

    def __mul__(self, other: Self | float) -> Self:
        return self._binary("*", multiply, self, other)

    def __rmul__(self, other: float) -> Self:
        return self._binary("*", multiply, other, self)

    def __truediv__(self, other: Self | float) -> Self:
        return self._binary("/", divide, self, other)

    def __rtruediv__(self, other: float) -> Self:
        return self._binary("/", divide, other, self)

    def __pow__(self, exponent: float) -> Self:
        if not isinstance(exponent, Real) or not math.isfinite(exponent):
            raise TypeError(
                f"the exponent must be a finite plain number; got {exponent!r}: "
                "write (exponent * base.log()).exp() when the exponent varies"
            )
        exponent = float(exponent)
        return self._apply(f"** {exponent:g}", partial(power, exponent=exponent), (self,))

    def __rpow__(self, base: float) -> Self:
        if not isinstance(base, Real):
            return NotImplemented
        base = float(base)
        return self._apply(f"{base:g} **", partial(exponential, base=base), (self,))

    def __neg__(self) -> Self:
        return self._apply("neg", negate, (self,))

    def tanh(self) -> Self:
        """Hyperbolic tangent, in [-1, 1]."""
        return self._apply("tanh", tanh, (self,))

    def sigmoid(self) -> Self:
        """Logistic function, in [0, 1]; no input overflows."""
        return self._apply("sigmoid", sigmoid, (self,))

    def relu(self) -> Self:
        """Positive part, in [0, ∞)."""
        return self._apply("relu", relu, (self,))

    def exp(self) -> Self:
        """Exponential; OverflowError above about 709.78."""
        return self._apply("exp", exp, (self,))

    def log(self) -> Self:
        """Natural logarithm; ValueError unless the value is above zero."""
        return self._apply("log", log, (self,))


def as_float(value: Any, what: str) -> float:
    """Turn a real number into a float.

    Raises
    ------
    TypeError
        If `value` is not a real number; the message names it by `what`.
    """
    if not isinstance(value, Real):
        raise TypeError(
            f"{what} must be a real number; got {value!r} of type {type(value).__name__}: "
            "pass a float (a one-element tensor or array gives one with .item())"
        )
    return float(value)
