"""Both modes of differentiation against PyTorch, finite differences and each other."""

import operator
from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lineart_lib.autodiff import Dual, Node, jvp

# One name an operation, and how it is written for our scalars and for tensors alike.
UNARY: dict[str, Callable] = {
    "neg": operator.neg,
    "tanh": lambda a: a.tanh(),
    "sigmoid": lambda a: a.sigmoid(),
    "relu": lambda a: a.relu(),
    "exp of tanh": lambda a: a.tanh().exp(),
    "log of 1 + square": lambda a: (a * a + 1.0).log(),
    "square": lambda a: a**2,
    "cube": lambda a: a**3.0,
    "power -1": lambda a: (a * a + 0.5) ** -1,
    "root": lambda a: (a * a + 0.5) ** 0.5,
    "power 0": lambda a: a**0,
    "2 ** tanh": lambda a: 2.0 ** a.tanh(),
    "1.5 + a": lambda a: 1.5 + a,
    "a + 1.5": lambda a: a + 1.5,
    "1.5 - a": lambda a: 1.5 - a,
    "a - 1.5": lambda a: a - 1.5,
    "-0.7 * a": lambda a: -0.7 * a,
    "a * -0.7": lambda a: a * -0.7,
    "a / 3": lambda a: a / 3,
    "3 / (1 + square)": lambda a: 3 / (a * a + 1),
}
BINARY: dict[str, Callable] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / (b * b + 1.0),
    "plain /": operator.truediv,
}
SMOOTH = [name for name in UNARY if name != "relu"]

Program = list[tuple[str, int, int]]


def run(program: Program, inputs: Sequence) -> list:
    """Apply each instruction to two earlier values, so that values are shared; list all values."""
    values = list(inputs)
    for name, i, j in program:
        a, b = values[i % len(values)], values[j % len(values)]
        values.append(UNARY[name](a) if name in UNARY else BINARY[name](a, b))
    return values


def last(program: Program) -> Callable:
    """Make a function of the inputs out of a program."""
    return lambda *inputs: run(program, inputs)[-1]


def programs(unary: Sequence[str]) -> st.SearchStrategy[Program]:
    """Draw one to twelve instructions; any division is by a number of at least 1."""
    names = [*unary, "+", "-", "*", "/"]
    index = st.integers(0, 30)
    return st.lists(st.tuples(st.sampled_from(names), index, index), min_size=1, max_size=12)


def points(coordinates: int) -> st.SearchStrategy[list[float]]:
    """Draw a point well inside the range of a float."""
    coordinate = st.floats(-2.0, 2.0, allow_subnormal=False)
    return st.lists(coordinate, min_size=coordinates, max_size=coordinates)


def reverse_gradient(f: Callable, point: Sequence[float]) -> tuple[float, list[float]]:
    """Value and gradient by one backward sweep."""
    nodes = [Node(x) for x in point]
    output = f(*nodes)
    output.backward()
    return output.value, [node.grad for node in nodes]


def torch_gradient(f: Callable, point: Sequence[float]) -> tuple[float, list[float]]:
    """Value and gradient by PyTorch in float64; an input that is not used has gradient zero."""
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
    output = f(*tensors)
    output.backward()
    return output.item(), [0.0 if t.grad is None else t.grad.item() for t in tensors]


def assert_moderate(program: Program, point: Sequence[float]) -> None:
    """Drop examples that leave the range in which a relative tolerance means something."""
    assume(all(abs(value.value) < 1e4 for value in run(program, [Dual(x) for x in point])))


# Both sides round each operation in float64; a dozen of them lose a few digits of sixteen.
CLOSE = {"rel": 1e-9, "abs": 1e-9}
WHERE = (-1.7, -0.3, 0.4, 2.2)


@pytest.mark.parametrize("x", WHERE)
@pytest.mark.parametrize("name", UNARY)
def test_unary_operation_equals_torch(name: str, x: float) -> None:
    """Equivalence: value and derivative of each one-operand operation are PyTorch's (float64)."""
    value, gradient = reverse_gradient(UNARY[name], [x])
    expected, expected_gradient = torch_gradient(UNARY[name], [x])
    assert value == pytest.approx(expected, rel=1e-14, abs=1e-14)
    assert gradient == pytest.approx(expected_gradient, rel=1e-13, abs=1e-14)


@pytest.mark.parametrize("x", WHERE)
@pytest.mark.parametrize("y", [-0.8, 1.3])
@pytest.mark.parametrize("name", BINARY)
def test_binary_operation_equals_torch(name: str, x: float, y: float) -> None:
    """Equivalence: value and both derivatives of each two-operand operation are PyTorch's."""
    value, gradient = reverse_gradient(BINARY[name], [x, y])
    expected, expected_gradient = torch_gradient(BINARY[name], [x, y])
    assert value == pytest.approx(expected, rel=1e-14)
    assert gradient == pytest.approx(expected_gradient, rel=1e-13)


@pytest.mark.parametrize("name", ["exp", "log", "** 1.5", "0.3 **"])
def test_positive_operation_equals_torch(name: str) -> None:
    """Equivalence: the operations that need (or meet) positive numbers, on these."""
    f = {
        "exp": lambda a: a.exp(),
        "log": lambda a: a.log(),
        "** 1.5": lambda a: a**1.5,
        "0.3 **": lambda a: 0.3**a,
    }[name]
    for x in (1e-3, 0.5, 1.0, 7.0):
        assert reverse_gradient(f, [x])[1] == pytest.approx(torch_gradient(f, [x])[1], rel=1e-13)


@pytest.mark.parametrize("name", ["relu", "power 0", "square"])
def test_slope_at_zero_equals_torch(name: str) -> None:
    """Equivalence: at the kink of relu, and where 0 is raised to a power, PyTorch's choice."""
    assert reverse_gradient(UNARY[name], [0.0]) == torch_gradient(UNARY[name], [0.0])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(program=programs(list(UNARY)), point=points(3))
def test_random_expression_equals_torch(program: Program, point: list[float]) -> None:
    """Equivalence: value and gradient of random expressions with shared parts are PyTorch's."""
    assert_moderate(program, point)
    value, gradient = reverse_gradient(last(program), point)
    expected, expected_gradient = torch_gradient(last(program), point)
    assume(max(map(abs, expected_gradient)) < 1e6)
    assert value == pytest.approx(expected, **CLOSE)
    assert gradient == pytest.approx(expected_gradient, **CLOSE)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(program=programs(SMOOTH), point=points(2))
def test_random_expression_equals_central_differences(program: Program, point: list[float]) -> None:
    """Gradient: smooth random expressions against (f(x+h) - f(x-h)) / 2h.

    With h = 1e-5 the difference errs by h²·f'''/6 and by rounding, ε·|f|/h. The first is
    estimated by Richardson: the change from step 2h to step h is three times the error at h.
    """
    f = last(program)
    assert_moderate(program, point)
    _, gradient = reverse_gradient(f, point)

    def difference(i: int, h: float) -> float:
        up, down = ([x + s * h * (k == i) for k, x in enumerate(point)] for s in (1, -1))
        return (f(*map(Dual, up)).value - f(*map(Dual, down)).value) / (2 * h)

    largest = max(abs(v.value) for v in run(program, [Dual(x) for x in point]))
    for i, derivative in enumerate(gradient):
        coarse, fine = difference(i, 2e-5), difference(i, 1e-5)
        allowed = 1e-6 + abs(coarse - fine) + 1e-10 * (1.0 + largest) * (1.0 + abs(derivative))
        assert abs(derivative - fine) <= allowed


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(program=programs(list(UNARY)), point=points(3), direction=points(3))
def test_forward_equals_reverse(
    program: Program, point: list[float], direction: list[float]
) -> None:
    """Equivalence: one forward pass along v gives the dot product of v and the reverse gradient."""
    assert_moderate(program, point)
    value, gradient = reverse_gradient(last(program), point)
    assume(max(map(abs, gradient)) < 1e6)
    forward_value, tangent = jvp(last(program), point, direction)
    assert forward_value == value
    expected = sum(g * v for g, v in zip(gradient, direction, strict=True))
    scale = sum(abs(g * v) for g, v in zip(gradient, direction, strict=True))
    assert tangent == pytest.approx(expected, abs=1e-9 * (1.0 + scale))
