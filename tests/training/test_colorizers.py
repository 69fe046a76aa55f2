"""The games of PaintsTorch and StencilTorch: weighted as written, each moving its own weights."""

import pytest
import torch
from torch.nn.functional import mse_loss

from lineart_lib.models.hinted_unet import GeneratorSize
from lineart_lib.models.inputs import inputs_of
from lineart_lib.models.paintstorch import ColourGenerator, Critic, CriticSize, LineGenerator
from lineart_lib.models.stenciltorch import GuidedStencilTorch
from lineart_lib.runtime import generator
from lineart_lib.training.adversarial import gradient_penalty, slipped_interpolate
from lineart_lib.training.colorizers import (
    Lesson,
    Weights,
    paintstorch_players,
    stenciltorch_players,
)
from lineart_lib.training.loop import play
from lineart_lib.training.losses import content_loss, guide_loss
from lineart_lib.training.settings import LoopSettings

SIZE = GeneratorSize(8, 6, ((1,), (1,), (1,), (1,)), (4, 4, 4, 4))
CRITIC = CriticSize(16, 6, 8, side=64)


def same(pictures):
    """Stand in for a content network: the pixels themselves."""
    return [pictures]


def lesson(seed=0, batch=2):
    """Draw inputs with a mask, features, a picture and flats."""
    draw = generator(seed)
    lineart, picture, flats = (
        2 * torch.rand(batch, channels, 64, 64, generator=draw) - 1 for channels in (1, 3, 3)
    )
    mask = torch.zeros(batch, 1, 64, 64)
    mask[..., 10:40, 20:] = 1
    hints = torch.zeros(batch, 4, 16, 16)
    features = torch.randn(batch, 6, 4, 4, generator=draw)
    return Lesson(inputs_of(lineart, hints, mask, picture), picture, features, flats)


def seats(line=True, **weights):
    """Seat small networks of PaintsTorch."""
    colour, critic = ColourGenerator(SIZE, generator(0)), Critic(CRITIC, generator(1))
    second = LineGenerator(SIZE, generator(2)) if line else None
    players = paintstorch_players(colour, critic, second, same, Weights(**weights))
    return players, {name: player.model for name, player in players.items()}


def test_the_first_generator_minimises_the_written_sum():
    """Equivalence: 2 · adversarial + 3 · content + 5 · reconstruction, each computed here."""
    players, models = seats(adversarial=2.0, content=3.0, reconstruction=5.0)
    given = lesson()
    terms = players["colour"].loss_of(models, given)
    made = models["colour"](given.inputs, given.features)
    opinion = -models["critic"](made, given.features).mean()
    content = content_loss(same, made, given.picture)
    drawn = models["line"](made, given.inputs.hints, given.features)
    again = mse_loss(drawn, given.inputs.lineart)
    torch.testing.assert_close(terms["loss"], 2 * opinion + 3 * content + 5 * again)
    assert list(terms) == ["loss", "adversarial", "content", "reconstruction"]
    alone, models = seats(line=False)
    assert list(alone) == ["colour", "critic"]
    terms = alone["colour"].loss_of(models, given)
    torch.testing.assert_close(terms["loss"], 1e-4 * terms["adversarial"] + terms["content"])


def test_the_second_generator_teaches_the_first():
    """Gradient: the lineart that is drawn again reaches the colours, but not the other way."""
    players, models = seats(adversarial=0.0, content=0.0)
    given = lesson()
    players["line"].loss_of(models, given)["loss"].backward()
    assert all(weight.grad is None for weight in models["colour"].parameters())
    assert float(models["line"].unet.enter[0].weight.grad.abs().sum()) > 0
    players["colour"].loss_of(models, given)["loss"].backward()
    assert float(models["colour"].unet.enter[0].weight.grad.abs().sum()) > 0


@pytest.mark.parametrize("form", ["corrected", "slipped"])
def test_the_critic_is_held_where_it_is_said(form):
    """Equivalence: penalty by hand, with the points drawn from the state that the loop sets; the
    critic moves alone."""
    players, models = seats(form=form)
    given = lesson()
    torch.manual_seed(3)
    terms = players["critic"].loss_of(models, given)
    torch.manual_seed(3)
    alpha = torch.rand(2)
    made = models["colour"](given.inputs, given.features).detach()
    points = {} if form == "corrected" else {"points_of": slipped_interpolate}
    score = lambda x: models["critic"](x, given.features)  # noqa: E731
    expected = gradient_penalty(score, given.picture, made, alpha, **points).mean()
    torch.testing.assert_close(terms["penalty"], expected)
    terms["loss"].backward()
    assert all(weight.grad is None for weight in models["colour"].parameters())
    assert float(models["critic"].judge[0][0].weight.grad.abs().sum()) > 0


def test_stenciltorch_minimises_the_written_sum():
    """Equivalence: adversarial and content of the whole composite, the guide inside the mask."""
    stencil, critic = GuidedStencilTorch(SIZE, generator(0)), Critic(CRITIC, generator(1))
    players = stenciltorch_players(stencil, critic, same, Weights(2.0, 3.0, guide=7.0))
    models, given = {name: player.model for name, player in players.items()}, lesson()
    terms = players["stencil"].loss_of(models, given)
    made = stencil(given.inputs, given.features)
    opinion = -critic(made.picture, given.features).mean()
    content = content_loss(same, made.picture, given.picture)
    guide = guide_loss(made.flats, given.flats, given.inputs.mask)
    torch.testing.assert_close(terms["loss"], 2 * opinion + 3 * content + 7 * guide)
    assert players["critic"].loss_of(models, given)["loss"].requires_grad
    with pytest.raises(ValueError, match="without flats"):
        players["stencil"].loss_of(models, given._replace(flats=None))


def test_the_game_runs_in_the_loop_and_learns(tmp_path):
    """Learning: one batch, played by all three; what the first generator paints comes nearer, and
    the second one draws better."""
    players, _ = seats()
    players = paintstorch_players(
        *(players[name].model for name in ("colour", "critic", "line")), same, learning_rate=3e-3
    )
    given = lesson(batch=1)
    flat = torch.tensor([0.6, -0.3, -0.7])[:, None, None].expand(1, 3, 64, 64)
    given = given._replace(picture=flat, inputs=inputs_of(given.inputs.lineart, given.inputs.hints))
    settings = LoopSettings(
        steps=16, learning_rate=3e-3, weight_decay=0.0, ema=0.0, log_every=4, device="cpu"
    )
    run = play(players, lambda *_: given, settings, tmp_path / "run", progress=False)
    first, last = run.metrics[0], run.metrics[-1]
    assert last["colour.content"] < 0.5 * first["colour.content"]
    assert last["line.loss"] < first["line.loss"]
    assert {"critic.distance", "critic.penalty", "colour.reconstruction"} <= set(last)


def test_weights_below_zero_are_refused():
    """Error: a loss is never turned round by its weight."""
    with pytest.raises(ValueError, match="guide must be at least 0"):
        Weights(guide=-1.0)
