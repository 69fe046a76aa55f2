"""Each error of the draft that code can show: what stands there fails, what is right works.

The tests hold the smallest form of each fault, in our own words, never the draft's listing.
book/errata.yml names them; tests/bindery/test_ledger.py checks that the names agree.
"""

import itertools
import math
from dataclasses import dataclass, field, fields, make_dataclass

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F


def mlp(*widths: int) -> nn.Sequential:
    """Stack linear layers with tanh between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def parameters(model: nn.Module) -> int:
    """Count the numbers that training may change."""
    return sum(weights.numel() for weights in model.parameters())


def one_bias_a_layer(*widths: int) -> int:
    """Count the way the draft does."""
    return sum(a * b + 1 for a, b in itertools.pairwise(widths))


def test_regression_parameters():
    """Equivalence: torch counts one bias a unit, so 1-16-16-1 has 321 numbers, not 291."""
    assert one_bias_a_layer(1, 16, 16, 1) == 291
    assert parameters(mlp(1, 16, 16, 1)) == 321


def test_moons_parameters():
    """Equivalence: two coordinates and one bias a unit make 1,185 numbers, not 1,091."""
    assert one_bias_a_layer(1, 32, 32, 1) == 1091
    assert parameters(mlp(2, 32, 32, 1)) == 1185


def test_moons_inputs():
    """Property: a point of the plane does not fit a first layer with one input."""
    points = torch.zeros(5, 2)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        mlp(1, 32, 32, 1)(points)
    assert mlp(2, 32, 32, 1)(points).shape == (5, 1)


def test_cross_entropy_over_one_class():
    """Property: softmax over one logit is 1, so its cross-entropy is 0 and teaches nothing.

    The second label has no column at all; one logit asks for the binary form.
    """
    logits = torch.tensor([[-3.0], [4.0]], requires_grad=True)
    loss = F.cross_entropy(logits, torch.tensor([0, 0]))
    loss.backward()
    assert loss.item() == 0.0
    assert torch.equal(logits.grad, torch.zeros(2, 1))
    with pytest.raises(IndexError):
        F.cross_entropy(logits, torch.tensor([0, 1]))
    binary = F.binary_cross_entropy_with_logits(logits[:, 0], torch.tensor([0.0, 1.0]))
    assert binary.item() > 0.0


def test_cross_entropy_sign():
    """Equivalence: with its minus sign the formula is torch's; without, better costs more."""
    logits = torch.tensor([[2.0, -1.0, 0.5]], dtype=torch.float64)
    label = torch.tensor([0])
    log_guess = torch.log_softmax(logits, dim=-1)
    without = (F.one_hot(label, 3) * log_guess).sum()
    torch.testing.assert_close(-without, F.cross_entropy(logits, label))
    good, bad = math.log(0.9), math.log(0.1)
    assert good > bad, "a formula without the sign rates the better guess as the larger cost"


def test_moons_range():
    """Property: the two moons leave [-1, 1], and their labels are 0 and 1."""
    from sklearn.datasets import make_moons

    points, labels = make_moons(250, noise=0.0)
    # The second moon is the first one, turned and moved by 1: it ends at x = 2.
    assert points[:, 0].max() == pytest.approx(2.0)
    assert set(labels) == {0, 1}


def test_random_search_keeps_the_worst():
    """Property: the argmax of a list of costs is the worst candidate."""
    costs = [0.7, 0.1, 0.9]
    assert costs[int(np.argmax(costs))] == max(costs)
    assert costs[int(np.argmin(costs))] == min(costs)


def test_random_search_first_step():
    """Property: a scale of 1 / step has no value at step 0."""
    steps = range(3)
    with pytest.raises(ZeroDivisionError):
        [1.0 / step for step in steps]
    assert next(1.0 / (step + 1) for step in steps) == 1.0


def test_random_search_forgets_its_start():
    """Property: filling a tensor with noise replaces it; a perturbation must add the noise."""
    generator = torch.Generator().manual_seed(0)
    weights = torch.full((1000,), 50.0)
    replaced = weights.clone().normal_(0.0, 1.0, generator=generator)
    perturbed = weights + torch.empty(1000).normal_(0.0, 1.0, generator=generator)
    # The mean of 1,000 standard normals lies within 0.2 of 0 but once in 10 billion seeds.
    assert abs(replaced.mean().item()) < 0.2
    assert abs(perturbed.mean().item() - 50.0) < 0.2


def test_updates_in_place_need_no_grad():
    """Property: torch refuses to change a leaf in place while it records gradients."""
    weights = torch.ones(3, requires_grad=True)
    weights.sum().backward()
    with pytest.raises(RuntimeError, match="leaf Variable"):
        weights -= 0.1 * weights.grad
    with torch.no_grad():
        weights -= 0.1 * weights.grad
    torch.testing.assert_close(weights.detach(), torch.full((3,), 0.9))


def test_adam_first_step():
    """Property: bias correction divides by zero at step 0; counted from 1 it gives the gradient."""
    beta, gradient = 0.9, torch.tensor([0.0, 2.0])
    moment = (1 - beta) * gradient
    broken = moment / (1.0 - beta**0)
    assert broken.isnan()[0]
    assert broken.isinf()[1]
    torch.testing.assert_close(moment / (1.0 - beta**1), gradient)


def test_adam_moments_are_stored():
    """Property: a loop variable that is bound anew leaves the list of moments as it was."""
    moments = [torch.zeros(2)]
    for moment in moments:
        moment = 0.9 * moment + 0.1 * torch.ones(2)
    assert torch.equal(moments[0], torch.zeros(2)), "the update was lost"
    for stored in moments:
        stored.mul_(0.9).add_(torch.ones(2), alpha=0.1)
    torch.testing.assert_close(moments[0], torch.full((2,), 0.1))


def test_lambda_with_equals():
    """Property: Python refuses a lambda whose body is led by an equals sign."""
    with pytest.raises(SyntaxError):
        compile("loss = lambda guess, truth = guess - truth", "listing", "exec")
    compile("loss = lambda guess, truth: guess - truth", "listing", "exec")


def test_empty_braces_are_a_dict():
    """Property: ``{}`` is a dictionary and cannot be added to; ``set()`` can."""
    visited = {}
    with pytest.raises(AttributeError):
        visited.add("node")
    visited = set()
    visited.add("node")
    assert visited == {"node"}


def test_mutable_default_of_a_dataclass():
    """Property: a dataclass refuses a mutable default; a factory makes one for each object."""
    with pytest.raises(ValueError, match="mutable default"):
        make_dataclass("Broken", [("children", set, {})])
    sound = make_dataclass("Sound", [("children", set, field(default_factory=set))])
    assert sound().children is not sound().children


def test_annotation_of_a_class_by_itself():
    """Property: a class cannot name itself in an annotation that is evaluated at once."""
    with pytest.raises(NameError):
        exec("class Vertex:\n    children: set[Vertex]", {})
    exec("from __future__ import annotations\nclass Vertex:\n    children: set[Vertex]", {})


def test_positional_arguments_land_in_grad():
    """Property: fields without an annotation take no arguments, so children land in ``grad``."""

    @dataclass
    class Vertex:
        value: float
        grad: float = 0.0
        _backward = None
        children: tuple = ()
        operation = ""

    assert [one.name for one in fields(Vertex)] == ["value", "grad", "children"]
    made = Vertex(1.0, ("left", "right"), "+")
    assert made.grad == ("left", "right")
    assert made.children == "+"


def test_dataclass_with_equality_is_unhashable():
    """Property: a dataclass that compares by value cannot enter a set unless told so."""
    with pytest.raises(TypeError, match="unhashable"):
        {make_dataclass("Vertex", [("value", float)])(1.0)}
    by_identity = make_dataclass("Vertex", [("value", float)], eq=False)
    assert len({by_identity(1.0), by_identity(1.0)}) == 2


def test_lambda_in_a_class_body_is_a_method():
    """Property: a function found on the class gets the object, which a bare lambda refuses."""

    class Leaf:
        backward = lambda: None  # noqa: E731 - the fault itself

    with pytest.raises(TypeError, match="positional argument"):
        Leaf().backward()


def test_accuracy_compares_with_the_labels():
    """Property: an argmax is a class, not a count; only a comparison with labels counts."""
    logits = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    labels = torch.tensor([1, 1, 1])
    guesses = logits.argmax(dim=-1)
    with pytest.raises(RuntimeError):
        guesses.item()
    assert (guesses == labels).sum().item() == 2


def test_label_is_not_labels():
    """Property: a loop that names ``labels`` and passes ``label`` stops at its first batch."""
    with pytest.raises(NameError):
        exec("for images, labels in [(1, 2)]:\n    print(label)", {})


def test_perceptron_sums():
    """Property: products without a sum give one answer an input, not one answer."""
    inputs, weights = torch.tensor([1.0, 1.0]), torch.tensor([0.3, 0.3])
    products = inputs * weights.T if weights.ndim > 1 else inputs * weights
    assert (products > 0.5).tolist() == [False, False]
    assert (inputs @ weights > 0.5).item() is True


def test_perceptron_learns_by_itself():
    """Learning: Rosenblatt's rule finds the weights of AND; nobody tunes them by hand."""
    inputs = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)  # bias last
    labels = np.array([0, 0, 0, 1])
    weights = np.zeros(3)
    for _ in range(20):
        for x, y in zip(inputs, labels, strict=True):
            weights += (y - (weights @ x > 0)) * x
    assert ((inputs @ weights > 0) == labels).all()


def test_transform_is_called_on_a_function():
    """Property: a lambda has no attribute ``ToTensor``: the listing mixes two ways to transform."""
    transform = lambda image: image  # noqa: E731 - the fault itself
    with pytest.raises(AttributeError):
        transform.ToTensor()


def test_mean_of_batch_means():
    """Property: with a shorter last batch, the mean of batch means is not the mean.

    48,000 pictures in batches of 1,024 leave 896 for the last one.
    """
    size = 1024
    losses = np.linspace(0.0, 1.0, 48_000)
    batches = [losses[start : start + size] for start in range(0, len(losses), size)]
    assert len(batches[-1]) == 896
    of_means = np.mean([batch.mean() for batch in batches])
    weighted = sum(batch.mean() * len(batch) for batch in batches) / len(losses)
    assert weighted == pytest.approx(losses.mean(), rel=1e-12)
    assert of_means != pytest.approx(losses.mean(), rel=1e-4)


def test_activations_never_reach_their_bounds():
    """Property: sigmoid stays inside (0, 1), tanh inside (-1, 1).

    In exact arithmetic; ±15 is a range in which float64 can still tell.
    """
    x = torch.linspace(-15, 15, 1001, dtype=torch.float64)
    assert (torch.sigmoid(x) > 0).all()
    assert (torch.sigmoid(x) < 1).all()
    assert (torch.tanh(x).abs() < 1).all()


FID = {
    "StencilTorch": ([51.16, 94.40, 106.05], 81.63, 83.87),
    "StencilTorch with guide": ([85.00, 91.60, 93.80], 89.98, 90.13),
}
LPIPS = {"StencilTorch": ([0.16, 0.51, 0.58], 0.40, 0.417)}
WITHOUT_AND_WITH_HINTS = {
    "PaintsTorch": ((51.54, 95.71), (0.18, 0.59)),
    "Ci et al.": ((52.48, 96.22), (0.23, 0.62)),
    "PaintsChainer": ((54.97, 99.63), (0.28, 0.71)),
    "Zhang et al.": ((134.06, 274.87), (0.28, 0.46)),
    "StencilTorch": ((51.16, 94.40), (0.16, 0.51)),
}


@pytest.mark.parametrize("model", FID)
def test_mean_fid(model):
    """Equivalence: the mean of the printed rows, to the printed digits; not the printed mean."""
    rows, printed, right = FID[model]
    assert sum(rows) / 3 == pytest.approx(right, abs=0.005)
    assert sum(rows) / 3 != pytest.approx(printed, abs=0.1)


def test_mean_lpips():
    """Equivalence: the mean of StencilTorch's LPIPS rows is 0.417, not 0.40."""
    rows, printed, right = LPIPS["StencilTorch"]
    assert sum(rows) / 3 == pytest.approx(right, abs=0.0005)
    assert sum(rows) / 3 != pytest.approx(printed, abs=0.005)


def test_ranking_reverses():
    """Property: with the right mean StencilTorch's FID is above PaintsTorch's 81.87, not below."""
    rows, printed, _ = FID["StencilTorch"]
    assert printed < 81.87 < sum(rows) / 3


@pytest.mark.parametrize("model", WITHOUT_AND_WITH_HINTS)
def test_scores_worsen_with_hints(model):
    """Property: both distances of every model are larger with hints than without."""
    for without, with_hints in WITHOUT_AND_WITH_HINTS[model]:
        assert with_hints > without


def test_gradient_penalty_leaves_the_segment():
    """Property: ``a real - (1 - a) fake`` is off the segment between them; the sum is on it."""
    real, fake, mix = torch.tensor([1.0, 1.0]), torch.tensor([1.0, 3.0]), 0.25
    right = mix * real + (1 - mix) * fake
    wrong = mix * real - (1 - mix) * fake
    # On the segment, the two distances add up to its length.
    length = torch.dist(real, fake)
    torch.testing.assert_close(torch.dist(real, right) + torch.dist(right, fake), length)
    assert torch.dist(real, wrong) + torch.dist(wrong, fake) > length + 1.0


def test_xdog_overflows_uint8():
    """Property: the difference of two 8-bit blurs wraps round; in floats it may be negative."""
    fine, coarse = np.array([100], np.uint8), np.array([120], np.uint8)
    assert (fine - coarse).item() == 236
    assert (fine.astype(np.float32) - coarse.astype(np.float32)).item() == -20.0


def test_seed_is_overwritten(monkeypatch):
    """Property: assigning to ``np.random.seed`` replaces the function and seeds nothing."""
    keep = np.random.seed
    monkeypatch.setattr(np.random, "seed", keep)  # Restores the function whatever happens.
    keep(0)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    np.random.seed = 42
    assert not callable(np.random.seed)
    assert (np.random.get_state()[1] == state).all(), "the state did not move"  # noqa: NPY002
    keep(42)
    assert (np.random.get_state()[1] != state).any()  # noqa: NPY002
