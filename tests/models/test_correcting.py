"""The corrector starts as the fill that it corrects, and leaves no choice."""

import torch

from lineart_lib.models.copying import paint_decision
from lineart_lib.models.correcting import FOLLOWED, Corrector
from lineart_lib.recipe.choices import Choices, painted
from lineart_lib.runtime import generator


def a_batch(count=2, side=16, colours=4, fills=3):
    """Random lines, hints and fills: a form, not a drawing."""
    draw = generator(0)
    label = lambda *shape: torch.randint(0, colours + 1, shape, generator=draw, dtype=torch.uint8)  # noqa: E731
    return Choices(
        torch.rand(count, 1, side, side, generator=draw) * 2 - 1,
        label(count, side, side),
        label(count, fills, side, side),
        label(count, side, side),
        torch.rand(count, colours, 3, generator=draw) * 2 - 1,
        torch.full((count,), colours),
    )


def test_before_learning_it_is_the_minimum_cut():
    """Equivalence: nothing is corrected at first, and where the fill leaves paper it is white."""
    batch = a_batch()
    labels = batch.fills[:, FOLLOWED]
    picture = paint_decision(Corrector((8, 16))(batch), batch.colours)
    cut = painted(labels, batch.colours)
    white = labels[:, None].expand_as(cut) == 0
    assert white.any()
    assert not white.all()
    assert torch.equal(picture[~white], cut[~white])
    assert float(picture.detach()[white].min()) == 1


def test_a_correction_reaches_every_pixel():
    """Gradient: one step against the error of the picture moves it towards the artist's."""
    torch.manual_seed(0)
    batch, network = a_batch(), Corrector((8, 16))
    wanted = torch.zeros(2, 3, 16, 16)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    errors = []
    for _ in range(2):
        error = (paint_decision(network(batch), batch.colours) - wanted).square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        errors.append(float(error.detach()))
    assert errors[1] < errors[0]
