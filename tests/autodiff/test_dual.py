"""Forward mode: closed forms, vector outputs, constants, nesting and errors."""

import math

import pytest
import torch

from lineart_lib.autodiff import Dual, Node, derivative, jvp


@pytest.mark.parametrize("x", [-1.3, 0.2, 2.0])
def test_derivative_of_closed_forms(x: float) -> None:
    """Equivalence: derivatives that anyone can write down."""
    assert derivative(lambda x: x**3 - 2 * x, x) == pytest.approx(3 * x * x - 2, rel=1e-15)
    assert derivative(lambda x: (-(x**2)).exp(), x) == pytest.approx(
        -2 * x * math.exp(-x * x), rel=1e-14
    )
    assert derivative(lambda x: x.tanh(), x) == pytest.approx(1 / math.cosh(x) ** 2, rel=1e-14)
    assert derivative(lambda x: 2.0**x, x) == pytest.approx(math.log(2) * 2**x, rel=1e-14)


def test_jvp_of_a_vector_function_equals_torch() -> None:
    """Equivalence: J(x)·v of a function with several outputs is that of PyTorch."""

    def ours(x, y, z):
        return [x * y, (y * z).tanh(), x / (z * z + 1.0)]

    point, direction = (0.3, -1.1, 0.7), (1.0, 0.5, -2.0)
    values, tangents = jvp(ours, point, direction)
    expected_values, expected_tangents = torch.autograd.functional.jvp(
        lambda p: torch.stack(ours(*p)),
        (torch.tensor(point, dtype=torch.float64),),
        (torch.tensor(direction, dtype=torch.float64),),
    )
    assert values == pytest.approx(expected_values.tolist(), rel=1e-14)
    assert tangents == pytest.approx(expected_tangents.tolist(), rel=1e-13)


def test_jvp_is_linear_in_the_direction() -> None:
    """Property: J·(2u - 3v) = 2·J·u - 3·J·v."""

    def f(x, y):
        return (x * y).sigmoid() + y.exp() / (x * x + 1.0)

    point, u, v = (0.4, -0.9), (1.0, -2.0), (0.3, 0.8)
    mixed = tuple(2 * a - 3 * b for a, b in zip(u, v, strict=True))
    expected = 2 * jvp(f, point, u)[1] - 3 * jvp(f, point, v)[1]
    assert jvp(f, point, mixed)[1] == pytest.approx(expected, rel=1e-13)


def test_constants_have_no_slope() -> None:
    """Property: a constant function, and a plain number among the outputs, give tangent zero."""
    assert derivative(lambda x: 4, 1.0) == 0.0
    assert derivative(lambda x: (x, 5.0), 1.0) == (1.0, 0.0)
    assert Dual(3.0).tangent == 0.0


def test_nested_derivatives_are_refused_not_confused() -> None:
    """Property: d/dx (x · d/dy (x + y)) is 1; mixing both tangents would give 2, so it is refused.

    With the outer variable's plain value the inner derivative is well defined, and 1 comes out.
    """
    with pytest.raises(TypeError, match=r"pass the outer variable's \.value"):
        derivative(lambda x: x * derivative(lambda y: x + y, 1.0), 1.0)
    assert derivative(lambda x: x * derivative(lambda y: x.value + y, 1.0), 1.0) == 1.0


def test_errors_of_the_functions() -> None:
    """Property: a wrong direction or a wrong kind of result is named."""
    with pytest.raises(ValueError, match="equally long; got 2 and 1"):
        jvp(lambda x, y: x, (1.0, 2.0), (1.0,))
    with pytest.raises(TypeError, match="must give a Dual or a number; got Node"):
        derivative(lambda x: Node(x.value), 1.0)
    with pytest.raises(TypeError, match="got NoneType"):
        derivative(lambda x: None, 1.0)
