"""The few-step network: its mixture, where fills have no say, and every weight in use."""

import pytest
import torch

from lineart_lib.models.fewsteps import FewSteps, given
from lineart_lib.recipe.choices import Choices
from lineart_lib.runtime import generator


def a_batch(count=2, side=16, colours=3, seed=0):
    """Draw random lines, hints and fills: a form, not a drawing."""
    draw = generator(seed)

    def label(*shape):
        return torch.randint(0, colours + 1, shape, generator=draw, dtype=torch.uint8)

    return Choices(
        torch.rand(count, 1, side, side, generator=draw) * 2 - 1,
        label(count, side, side) * (torch.rand(count, side, side, generator=draw) < 0.1),
        label(count, 3, side, side),
        label(count, side, side),
        torch.rand(count, colours, 3, generator=draw) * 2 - 1,
        torch.full((count,), colours),
    )


@pytest.fixture
def model():
    """A small network with drawn weights."""
    torch.manual_seed(0)
    return FewSteps((8, 16))


def levels(signal, count=2):
    """Weights of colour and noise."""
    signal = torch.full((count, 1, 1, 1), signal)
    return signal, (1 - signal.square()).sqrt()


def test_given_paints_the_fills_in_the_colours_of_the_hints():
    """Equivalence: pixel by pixel from the labels; without a label nothing."""
    found = a_batch()
    known = given(found)
    for picture in range(2):
        for fill in range(3):
            labels = found.fills[picture, fill].long()
            colours = found.colours[picture][labels - 1] * (labels > 0)[..., None]
            torch.testing.assert_close(known.fills[picture, fill], colours.permute(2, 0, 1))
    assert torch.equal(known.filled, (found.fills > 0).float())
    assert torch.equal(known.hints[:, 3], (found.markers > 0).float())
    assert torch.equal(known.composite, found.lineart.expand(-1, 3, -1, -1))
    with pytest.raises(ValueError, match="belong together"):
        given(found, mask=torch.ones(2, 1, 16, 16))


def test_the_guess_is_the_written_mixture(model):
    """Equivalence: gates from the raw answer, by hand, at a pixel."""
    known = given(a_batch())
    x = torch.randn(2, 3, 16, 16, generator=generator(1))
    signal, noise = levels(0.6)
    raw = {}
    model.network.register_forward_hook(lambda module, told, answer: raw.update(answer=answer))
    guess = model(x, signal, noise, known)
    answer = torch.nn.functional.pixel_shuffle(raw["answer"], 2)[0, :, 5, 7]
    logits = torch.where(known.filled[0, :, 5, 7] > 0, answer[4:], torch.tensor(-torch.inf))
    gates = torch.cat([answer[3:4], logits]).softmax(0)
    expected = gates[0] * answer[:3] + gates[1:] @ known.fills[0, :, :, 5, 7]
    torch.testing.assert_close(guess[0, :, 5, 7], expected)


def test_a_fill_that_made_nothing_has_no_say(model):
    """Property: its colours may be anything where it is not filled, if the network cannot see."""
    known = given(a_batch())
    nothing = known._replace(filled=torch.zeros_like(known.filled))
    x = torch.randn(2, 3, 16, 16, generator=generator(1))
    with torch.no_grad():
        model.network.leave.weight.zero_()  # A network that sees nothing, and always says 0.3.
        model.network.leave.bias[:12] = 0.3
        guess = model(x, *levels(0.6), nothing)
    torch.testing.assert_close(guess, torch.full_like(x, 0.3))


def test_every_weight_gets_a_gradient(model):
    """Gradient: none is zero throughout; other forms are refused."""
    known = given(a_batch())
    x = torch.randn(2, 3, 16, 16, generator=generator(1))
    (model(x, *levels(0.6), known) - 1).square().mean().backward()
    for name, weight in model.named_parameters():
        assert float(weight.grad.abs().sum()) > 0, name
    with pytest.raises(ValueError, match="made for 3 fills; got 2"):
        model(x, *levels(0.6), known._replace(fills=known.fills[:, :2]))
    with pytest.raises(ValueError, match="multiples of 4"):
        model(x[..., :6], *levels(0.6), known)


def test_repeat_puts_copies_behind_each_other():
    """Property: each picture twice, in order."""
    known = given(a_batch())
    twice = known.repeat(2)
    assert torch.equal(twice.lineart[0], twice.lineart[1])
    assert torch.equal(twice.fills[2], known.fills[1])
