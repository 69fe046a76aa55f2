"""ControlNet at toy size: nothing changes at the start, and the frozen half never does."""

import torch

from lineart_lib.models.controlnet import Controlled
from lineart_lib.models.picture_unet import PictureUNet
from lineart_lib.runtime import generator


def networks():
    """Make a small network and put a control around it."""
    torch.manual_seed(0)
    base = PictureUNet(3, 3, (8, 16))
    return base, Controlled(base, 2)


def planes(channels, seed):
    """Draw a batch."""
    return torch.randn(2, channels, 16, 16, generator=generator(seed))


def test_at_the_start_it_is_the_frozen_network():
    """Equivalence: equal to the bit, whatever the condition."""
    base, controlled = networks()
    x = planes(3, 1)
    assert torch.equal(controlled(x, planes(2, 2)), base(x))
    assert torch.equal(controlled(x, 9 * planes(2, 3)), base(x))


def test_it_learns_a_condition_that_the_frozen_network_cannot_know():
    """Learning: the answer is in the condition alone. The frozen half stays as it is to the bit."""
    base, controlled = networks()
    before = {name: weight.clone() for name, weight in base.state_dict().items()}
    x, condition = planes(3, 1), planes(2, 2)
    target = condition.sum(1, keepdim=True).expand(-1, 3, -1, -1)
    learn = [weight for weight in controlled.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(learn, 1e-2)
    losses = []
    for _ in range(60):
        loss = (controlled(x, condition) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    assert all(torch.equal(before[name], weight) for name, weight in base.state_dict().items())
    assert not any(weight.requires_grad for weight in base.parameters())


def test_the_copy_learns_after_the_first_step():
    """Gradient: at the start only the zero convolutions have one; after a step the copy has, too.

    So a start at zero is no dead end.
    """
    _, controlled = networks()
    x, condition = planes(3, 1), planes(2, 2)
    target = planes(3, 4)

    def gradient():
        controlled.zero_grad()
        (controlled(x, condition) - target).square().mean().backward()
        return float(sum(w.grad.abs().sum() for w in controlled.copy.parameters()))

    assert gradient() == 0
    with torch.no_grad():
        for join in controlled.joins:
            join.weight -= 0.1 * join.weight.grad
    assert gradient() > 0
