"""The contract of the colorizers: what is made fits, what does not fit is named."""

import numpy as np
import pytest
import torch

from lineart_lib.models.inputs import check_inputs, filled_hints_at, hints_at, inputs_of
from lineart_lib.recipe.hints import pool_hints
from lineart_lib.runtime import generator


def planes(batch=2, side=8):
    """Draw a lineart, hints, a mask, a picture."""
    draw = generator(0)
    lineart, picture = (
        2 * torch.rand(batch, channels, side, side, generator=draw) - 1 for channels in (1, 3)
    )
    mask = (torch.rand(batch, 1, side, side, generator=draw) < 0.5).float()
    return lineart, torch.zeros(batch, 4, side // 4, side // 4), mask, picture


def test_the_composite_is_picture_outside_and_lineart_inside():
    """Equivalence: each pixel of the composite is the one that the mask says, to the bit."""
    lineart, hints, mask, picture = planes()
    made = inputs_of(lineart, hints, mask, picture)
    expected = lineart * mask + picture * (1 - mask)
    assert torch.equal(made.composite, expected)
    whole = inputs_of(lineart, hints)
    assert torch.equal(whole.composite, lineart.repeat(1, 3, 1, 1))
    assert bool((whole.mask == 1).all())


def test_pooled_hints_are_those_of_the_recipe():
    """Equivalence: means over squares, as the recipe pools hints before training."""
    draw = generator(1)
    mask = (torch.rand(2, 1, 8, 12, generator=draw) < 0.4).float()
    hints = torch.cat([(2 * torch.rand(2, 3, 8, 12, generator=draw) - 1) * mask, mask], dim=1)
    expected = np.stack([pool_hints(one, (2, 3)) for one in hints.numpy()])
    # float32, sums of 16 numbers
    torch.testing.assert_close(
        hints_at(hints, (2, 3)), torch.from_numpy(expected), atol=1e-6, rtol=0
    )


def test_enlarged_hints_pool_back():
    """Property: repeated pixels have the means that they came from."""
    hints = torch.rand(1, 4, 3, 2, generator=generator(2))
    there_and_back = hints_at(hints_at(hints, (12, 8)), (3, 2))
    torch.testing.assert_close(there_and_back, hints)  # sixteen equal numbers, up to the last bit
    with pytest.raises(ValueError, match="whole number"):
        hints_at(hints, (7, 5))


def test_what_breaks_the_contract_is_named():
    """Error: each says what came and what was expected."""
    lineart, hints, mask, picture = planes()
    cases = {
        "lineart must be": (lineart[:, 0], hints),
        "drop the mask": (lineart, hints[:, :3]),
        "smaller by a whole": (lineart, torch.zeros(2, 4, 3, 3)),
        "belong together": (lineart, hints, mask),
        "mask must be": (lineart, hints, mask[:1], picture),
        "threshold": (lineart, hints, mask / 2, picture),
        "composite must be": (lineart, hints, mask, picture[:, :1]),
        "prior must be": (lineart, hints, mask, picture, lineart),
    }
    for message, given in cases.items():
        with pytest.raises(ValueError, match=message):
            inputs_of(*given)
    with pytest.raises(ValueError, match="multiples of 16; got 8 x 8"):
        check_inputs(inputs_of(lineart, hints), 16)


def test_a_square_with_any_hint_is_hinted_whole():
    """Equivalence: by hand; a thin line gives its mean colour in full; nothing stays nothing."""
    hints = torch.zeros(1, 4, 4, 8)
    hints[0, :, 1, :2] = torch.tensor([[0.5, -0.5], [1.0, 0.0], [-1.0, -1.0], [1.0, 1.0]])
    made = filled_hints_at(hints, (1, 2))
    expected = torch.zeros(1, 4, 1, 2)
    expected[0, :, 0, 0] = torch.tensor([0.0, 0.5, -1.0, 1.0])
    torch.testing.assert_close(made, expected)
    whole = torch.cat([made[:, :3] / 2, made[:, 3:]], dim=1)
    torch.testing.assert_close(filled_hints_at(whole, (1, 2)), whole)
