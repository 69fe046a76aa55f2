"""The copier starts as a fill, chooses whatever the numbering, and learns to close a gap."""

import pytest
import torch

from lineart_lib.models.copying import Copier, Decision, paint_decision, paint_settled
from lineart_lib.models.picture_unet import PictureUNet
from lineart_lib.recipe.choices import FILLS, Choices, painted
from lineart_lib.runtime import generator


def a_batch(count=2, side=16, colours=4, fills=3, seed=0):
    """Random lines, hints and fills: a form, not a drawing."""
    draw = generator(seed)
    label = lambda *shape: torch.randint(0, colours + 1, shape, generator=draw, dtype=torch.uint8)  # noqa: E731
    return Choices(
        torch.rand(count, 1, side, side, generator=draw) * 2 - 1,
        label(count, side, side) * (torch.rand(count, side, side, generator=draw) < 0.1),
        label(count, fills, side, side),
        label(count, side, side),
        torch.rand(count, colours, 3, generator=draw) * 2 - 1,
        torch.full((count,), colours),
    )


@pytest.fixture
def copier():
    """A small network with drawn weights."""
    torch.manual_seed(0)
    return Copier((8, 16), keys=4).eval()


def test_the_numbering_of_colours_means_nothing(copier):
    """Property: colours in another order give the same picture, and scores in that order."""
    batch = a_batch()
    order = torch.tensor([2, 0, 3, 1])
    place = torch.cat([torch.zeros(1, dtype=torch.long), order.argsort() + 1]).to(torch.uint8)
    moved = batch._replace(
        markers=place[batch.markers.long()],
        fills=place[batch.fills.long()],
        colours=batch.colours[:, order],
    )
    before, after = copier(batch), copier(moved)
    torch.testing.assert_close(after.scores[:, 1:], before.scores[:, 1:][:, order])
    torch.testing.assert_close(
        paint_decision(after, moved.colours), paint_decision(before, batch.colours)
    )


def test_padded_colours_are_never_chosen(copier):
    """Property: a row of colours beyond a picture's count changes nothing."""
    batch = a_batch()
    padded = batch._replace(colours=torch.cat([batch.colours, torch.ones(2, 3, 3)], dim=1))
    found = copier(padded)
    assert float(found.scores.detach().softmax(1)[:, 5:].max()) == 0
    torch.testing.assert_close(found.scores[:, :5], copier(batch).scores)


def test_no_hint_leaves_the_colour_of_its_own(copier):
    """Property: with nothing to copy, the picture is what the network predicts."""
    batch = a_batch()
    none = batch._replace(
        markers=torch.zeros_like(batch.markers),
        fills=torch.zeros_like(batch.fills),
        colours=torch.zeros(2, 1, 3),
        counts=torch.zeros(2, dtype=torch.long),
    )
    found = copier(none)
    torch.testing.assert_close(paint_decision(found, none.colours), found.own)


def test_before_learning_it_follows_the_minimum_cut():
    """Property: drawn weights do not outvote the best fill, whatever the two others say."""
    torch.manual_seed(0)
    batch = a_batch()
    batch = batch._replace(fills=batch.fills.clamp(min=1))
    picture = paint_decision(Copier((8, 16), keys=4)(batch), batch.colours, sharpness=50)
    cut = painted(batch.fills[:, FILLS.index("min-cut")], batch.colours)
    followed = (picture - cut).abs().amax(1) < 1e-3
    assert float(followed.float().mean()) > 0.99


def test_sharpness_goes_from_a_mixture_to_a_copy():
    """Equivalence: at 1 the softmax mixes; a large one takes the likeliest colour exactly."""
    scores = torch.tensor([0.0, 1.0, 2.0])[None, :, None, None]
    own, colours = torch.full((1, 3, 1, 1), 0.5), torch.tensor([[[1.0, 0, 0], [0, 1.0, 0]]])
    decision = Decision(scores, own)
    p = torch.tensor([0.0, 1.0, 2.0]).softmax(0)
    mixed = p[0] * 0.5 + torch.stack([p[1], p[2], torch.tensor(0.0)])
    torch.testing.assert_close(paint_decision(decision, colours)[0, :, 0, 0], mixed)
    torch.testing.assert_close(
        paint_decision(decision, colours, 100)[0, :, 0, 0], torch.tensor([0.0, 1.0, 0.0])
    )
    with pytest.raises(ValueError, match="above 0"):
        paint_decision(decision, colours, 0)


def test_a_piece_that_nobody_hinted_decides_as_one(copier):
    """Property: it is even, of the mean and the median of its pixels; hinted ones stay the same."""
    batch = a_batch()
    markers = batch.markers * (batch.pieces != 3)
    batch = batch._replace(markers=markers, colours=batch.colours.mul(0.5))
    with torch.no_grad():
        decision = copier(batch)
    alone = paint_decision(decision, batch.colours, 4)
    settled = paint_settled(decision, batch, 4)
    for row in range(2):
        inside = batch.pieces[row] == 3
        assert not markers[row][inside].any()
        torch.testing.assert_close(settled[row][:, ~inside], alone[row][:, ~inside])
        likely = (4 * decision.scores[row][:, inside]).softmax(0).mean(1)
        own = decision.own[row][:, inside].median(1).values
        wanted = likely[0] * own + likely[1:] @ batch.colours[row]
        torch.testing.assert_close(
            settled[row][:, inside], wanted[:, None].expand(-1, int(inside.sum()))
        )
    with pytest.raises(ValueError, match="above 0"):
        paint_settled(decision, batch, 0)


def test_every_weight_gets_a_gradient(copier):
    """Gradient: a loss on scores and own colour reaches all parameters."""
    found = copier(a_batch())
    (
        found.scores[:, :5].logsumexp(1).mean() + found.scores[:, 2].mean() + found.own.mean()
    ).backward()
    for name, weight in copier.named_parameters():
        assert weight.grad is not None, name
        assert float(weight.grad.abs().sum()) > 0, name


def test_every_weight_can_be_cut_into_shards(copier):
    """Property: a number without an axis could not be dealt to several processes."""
    assert all(weight.ndim > 0 for weight in copier.parameters())


def test_refuses_sizes_and_fills_that_do_not_fit(copier):
    """Error: a side that does not halve, and a missing fill, are named."""
    assert copier.step == 4
    with pytest.raises(ValueError, match="multiples of 2"):
        copier(a_batch(side=18))
    with pytest.raises(ValueError, match="made for 3 fills; got 2"):
        copier(a_batch(fills=2))
    with pytest.raises(ValueError, match="multiples of 8"):
        PictureUNet(1, 1, (12,))


def test_a_network_without_fills_has_no_prior():
    """Property: with no fill to hear, what fills say changes nothing."""
    torch.manual_seed(0)
    alone, batch = Copier((8, 16), keys=4, heard=()), a_batch(fills=0)
    found = alone(batch)
    assert found.scores.shape == (2, 5, 16, 16)
    torch.testing.assert_close(alone(a_batch(fills=3)._replace(**deaf(batch))), found)


def deaf(batch):
    """Return all planes but those of the fills."""
    return {name: plane for name, plane in batch._asdict().items() if name != "fills"}


def test_a_network_without_pieces_does_not_look_at_them(copier):
    """Property: pieces change what is decided, and nothing where they are left out."""
    torch.manual_seed(0)
    alone, batch = Copier((8, 16), keys=4, piece_channels=0), a_batch()
    other = batch._replace(pieces=batch.pieces.flip(1))
    torch.testing.assert_close(alone(batch), alone(other))
    assert not torch.allclose(copier(batch).scores, copier(other).scores)
