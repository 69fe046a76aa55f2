"""What a graph of nodes means: accumulation, repetition, depth, bounds and errors."""

import gc
import math

import numpy as np
import pytest
import torch

from lineart_lib.autodiff import Dual, Node, topological_order


def test_shared_subexpression_accumulates() -> None:
    """Gradient: a node used in several places gets the sum of what comes back from each."""
    x = Node(3.0)
    shared = x * x
    output = shared * shared + shared + x  # x⁴ + x² + x
    output.backward()
    assert x.grad == 4 * 27 + 2 * 3 + 1
    assert shared.grad == 2 * 9 + 1


def test_same_operand_twice() -> None:
    """Gradient: x + x, x - x, x * x and x / x have the slopes 2, 0, 2x and 0."""
    for f, slope in (
        (lambda x: x + x, 2.0),
        (lambda x: x - x, 0.0),
        (lambda x: x * x, 10.0),
        (lambda x: x / x, 0.0),
    ):
        x = Node(5.0)
        f(x).backward()
        assert x.grad == pytest.approx(slope, abs=1e-15)


def test_second_backward_adds_the_same_gradients_again() -> None:
    """Equivalence: two sweeps double every gradient, inner nodes too, as PyTorch does."""
    x, w = Node(0.4), Node(-1.2)
    inner = (x * w).tanh()
    output = inner * inner + x
    output.backward()
    once = [node.grad for node in (x, w, inner, output)]
    output.backward()
    assert [node.grad for node in (x, w, inner, output)] == [2 * grad for grad in once]

    tx, tw = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.4, -1.2))
    tinner = (tx * tw).tanh()
    tinner.retain_grad()
    toutput = tinner * tinner + tx
    toutput.backward(retain_graph=True)
    toutput.backward()
    expected = [t.grad.item() for t in (tx, tw, tinner)]
    assert [node.grad for node in (x, w, inner)] == pytest.approx(expected, rel=1e-14)


def test_two_outputs_accumulate_in_their_common_part() -> None:
    """Gradient: sweeps from two outputs leave the gradient of their sum."""
    x = Node(0.7)
    common = x.exp()
    first, second = common * 2.0, common.log()
    first.backward()
    second.backward()
    assert x.grad == pytest.approx(2 * math.exp(0.7) + 1.0, rel=1e-15)


def test_chain_of_a_hundred_thousand_nodes() -> None:
    """Property: depth is not bounded by the recursion limit, neither to sweep nor to free."""
    x = Node(1.0)
    output = x
    for _ in range(100_000):
        output = output + x
    output.backward()
    assert output.value == 100_001.0
    assert x.grad == 100_001.0
    assert len(topological_order(output)) == 100_001
    del output, x
    gc.collect()


def test_order_puts_operands_before_results() -> None:
    """Property: each node once, after all its operands, the root last."""
    x, y = Node(1.0), Node(2.0)
    s = x * y
    root = (s + x) * (s - y) / s
    order = topological_order(root)
    position = {node: i for i, node in enumerate(order)}
    assert len(position) == len(order) == 7
    assert order[-1] is root
    assert all(position[o] < position[n] for n in order for o in n.operands)


def test_nodes_remember_how_they_were_made() -> None:
    """Property: operation, operands and slopes describe the node; a leaf has none."""
    x, y = Node(3.0, "x"), Node(4.0)
    quotient = x / y
    assert (quotient.operation, quotient.operands) == ("/", (x, y))
    assert quotient.slopes == (0.25, -3.0 / 16.0)
    assert [operand.value for operand in (2.0 * x).operands] == [2.0, 3.0]
    assert (x**2).operation == "** 2"
    assert (2**x).operation == "2 **"
    assert (x.operation, x.operands, x.slopes, x.grad, x.label) == ("", (), (), 0.0, "x")
    assert repr(x) == "Node(3.0, label='x', grad=0.0)"


@pytest.mark.parametrize("scalar", [Node, Dual])
def test_sigmoid_is_stable(scalar: type) -> None:
    """Equivalence: sigmoid and its slope hold in the far tails, where e^x itself overflows."""
    for x in (-1000.0, -800.0, -40.0, 0.0, 40.0, 800.0, 1000.0):
        t = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        torch.sigmoid(t).backward()
        assert scalar(x).sigmoid().value == pytest.approx(torch.sigmoid(t).item(), rel=1e-14)
        node = Node(x)
        node.sigmoid().backward()
        # PyTorch computes s·(1 - s), which loses e^-40 next to 1; ours keeps it.
        assert node.grad == pytest.approx(t.grad.item(), abs=1e-16)
    node = Node(40.0)
    node.sigmoid().backward()
    assert node.grad == pytest.approx(math.exp(-40.0), rel=1e-14, abs=0.0)


@pytest.mark.parametrize("scalar", [Node, Dual])
@pytest.mark.parametrize(
    ("f", "error", "words"),
    [
        (lambda s: s(0.0).log(), ValueError, "log needs a number above zero; got 0.0"),
        (lambda s: s(-2.0).log(), ValueError, "got -2.0"),
        (lambda s: s(math.nan).log(), ValueError, "got nan"),
        (lambda s: s(1.0) / s(0.0), ZeroDivisionError, "cannot divide 1.0 by 0"),
        (lambda s: 1.0 / s(0.0), ZeroDivisionError, "denominator"),
        (lambda s: s(0.0) ** -1, ZeroDivisionError, "cannot raise 0 to -1"),
        (lambda s: s(-2.0) ** 0.5, ValueError, "not a real number"),
        (lambda s: s(0.0) ** 0.5, ValueError, "infinite slope"),
        (lambda s: s(1e200) ** 2, OverflowError, "does not fit a float"),
        (lambda s: s(1000.0).exp(), OverflowError, "709.78"),
        (lambda s: 10.0 ** s(400.0), OverflowError, "scale x down"),
        (lambda s: (-2.0) ** s(3.0), ValueError, "base of `base \\*\\* x` must be above zero"),
        (lambda s: s(2.0) ** s(3.0), TypeError, r"\(exponent \* base.log\(\)\).exp\(\)"),
        (lambda s: s(2.0) ** "3", TypeError, "exponent must be a finite plain number; got '3'"),
        (lambda s: s(2.0) ** math.inf, TypeError, "got inf"),
        (lambda s: s("2"), TypeError, "must be a real number; got '2' of type str"),
        (lambda s: s(torch.tensor(1.0)), TypeError, r"\.item\(\)"),
        (lambda s: s(1.0) + "1", TypeError, "unsupported operand"),
        (lambda s: s(1.0) * None, TypeError, "unsupported operand"),
        (lambda s: s(1.0) + (Dual(1.0) if s is Node else Node(1.0)), TypeError, "unsupported"),
    ],
)
def test_errors_name_what_came_and_the_mend(
    scalar: type, f: object, error: type[Exception], words: str
) -> None:
    """Property: outside the domain of an operation both modes refuse, in the same clear words."""
    with pytest.raises(error, match=words):
        f(scalar)


def test_numpy_numbers_are_numbers() -> None:
    """Property: a NumPy scalar on either side gives a node, not an array of nodes."""
    x = Node(2.0)
    for result in (np.float64(3.0) * x, x * np.float32(3.0), np.int64(3) * x):
        assert isinstance(result, Node)
        assert result.value == 6.0
    with pytest.raises(TypeError):
        np.ones(2) * x


def test_nan_is_passed_on() -> None:
    """Property: a value that is not a number is never silently repaired."""
    nan = Node(math.nan)
    for result in (nan.relu(), nan.tanh(), nan.sigmoid(), nan.exp(), nan + 1, nan**2):
        assert math.isnan(result.value)
