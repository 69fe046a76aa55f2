"""StencilTorch leaves what it shall leave, to the bit, and goes on from what it made."""

import pytest
import torch

from lineart_lib.models.blocks import parameters
from lineart_lib.models.hinted_unet import BOOK, PAPER, GeneratorSize
from lineart_lib.models.inputs import inputs_of
from lineart_lib.models.stenciltorch import GuidedStencilTorch, StencilTorch, next_pass
from lineart_lib.runtime import generator

TINY = GeneratorSize(8, 6, ((1, 1), (1,), (2,), (1,)), (4, 4, 4, 4))


def example(batch=2, side=32, features=6, seed=0):
    """Draw inputs whose mask is a rectangle, the picture outside it, and features."""
    draw = generator(seed)
    lineart, picture = (
        2 * torch.rand(batch, channels, side, side, generator=draw) - 1 for channels in (1, 3)
    )
    mask = torch.zeros(batch, 1, side, side)
    mask[..., side // 4 : -5, 3:-3] = 1
    known = (torch.rand(batch, 1, side // 4, side // 4, generator=draw) < 0.2).float()
    colour = 2 * torch.rand(batch, 3, side // 4, side // 4, generator=draw) - 1
    hints = torch.cat([colour * known, known], dim=1)
    features = torch.randn(batch, features, side // 16, side // 16, generator=draw)
    return inputs_of(lineart, hints, mask, picture), picture, features


def test_parameters_and_shapes():
    """Property: the numbers that docstrings and book state; 512 × 512 in and out."""
    with torch.device("meta"):
        counted = [
            parameters(model)
            for size in (PAPER, BOOK)
            for model in (StencilTorch(size), GuidedStencilTorch(size).guide)
        ]
        inputs = inputs_of(torch.empty(1, 1, 512, 512), torch.empty(1, 4, 128, 128))
        made = GuidedStencilTorch(PAPER)(inputs, torch.empty(1, 512, 32, 32))
    assert counted == [21_937_155, 3_815_107, 1_058_187, 221_531]
    assert made.picture.shape == made.flats.shape == (1, 3, 512, 512)


def test_outside_the_mask_nothing_changes():
    """Property: exactly the picture's own numbers outside, others inside, in every pass."""
    inputs, picture, features = example()
    model = StencilTorch(TINY, generator(0))
    made = model(inputs, features)
    outside = (inputs.mask == 0).expand_as(picture)
    assert torch.equal(made[outside], picture[outside])
    assert float((made - picture).abs()[~outside].detach().min()) > 0
    assert float(made.detach().abs().max()) <= 1
    for dtype in (torch.float64, torch.bfloat16):
        given = inputs._replace(
            **{k: v.to(dtype) for k, v in inputs._asdict().items() if v is not None}
        )
        cast = StencilTorch(TINY, generator(0)).to(dtype)(given, features.to(dtype))
        assert torch.equal(cast[outside], picture.to(dtype)[outside])


def test_an_empty_mask_returns_the_picture():
    """Property: nothing to paint, nothing painted."""
    inputs, picture, features = example()
    nothing = inputs_of(inputs.lineart, inputs.hints, 0 * inputs.mask, picture)
    assert torch.equal(StencilTorch(TINY, generator(0))(nothing, features), picture)


def test_a_second_pass_continues_the_first():
    """Property: the second pass keeps the first one's pixels outside its own mask, reads them, and
    sees the bare lines inside."""
    inputs, _, features = example()
    model = StencilTorch(TINY, generator(0))
    first = model(inputs, features).detach()
    mask = torch.zeros_like(inputs.mask)
    mask[..., 10:20, 10:20] = 1
    given = next_pass(inputs, first, mask)
    second = model(given, features)
    inside = mask.bool().expand_as(first)
    assert torch.equal(second[~inside], first[~inside])
    assert torch.equal(given.composite[inside], inputs.lineart.expand_as(first)[inside])
    assert torch.equal(given.hints, inputs.hints)
    other = model(next_pass(inputs, -first, mask), features)
    assert not torch.equal(other[inside], second[inside])
    told = next_pass(inputs, first, mask, hints=0 * inputs.hints)
    assert float(told.hints.abs().max()) == 0


def test_the_guide_changes_nothing_but_training():
    """Equivalence: the colorizer alone paints what it painted beside its guide."""
    inputs, _, features = example()
    model = GuidedStencilTorch(TINY, generator(0))
    made = model(inputs, features)
    assert torch.equal(made.picture, model.colorizer(inputs, features))
    (made.picture.mean() + made.flats.mean()).backward()
    for name, weight in model.named_parameters():
        assert float(weight.grad.abs().sum()) > 0, name
    model.zero_grad()
    model(inputs, features).flats.mean().backward()
    below = model.colorizer.unet.enter[0].weight.grad
    assert float(below.abs().sum()) > 0, "the guide must teach the encoder"
    assert model.colorizer.unet.decoder.leave.weight.grad is None


def test_one_mask_is_learned():
    """Learning: a tiny network fills one mask with its colour; only pixels inside can count."""
    inputs, picture, features = example(1)
    target = torch.where(
        inputs.mask.bool(), torch.tensor([0.7, -0.2, -0.8])[:, None, None], picture
    )
    model = StencilTorch(TINY, generator(0))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(60):
        loss = (model(inputs, features) - target).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]


def test_what_does_not_fit_is_named():
    """Error: a soft mask, and a prior that is missing."""
    inputs, picture, features = example()
    with pytest.raises(ValueError, match="threshold"):
        next_pass(inputs, picture, inputs.mask * 0.5)
    told = StencilTorch(GeneratorSize(8, 6, TINY.dilations, TINY.groups, prior=True))
    with pytest.raises(ValueError, match="reads a prior"):
        told(inputs, features)
