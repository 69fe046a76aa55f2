"""Stacked training: each network learns as torch's Adam would teach it alone."""

import pytest
import torch
from torch.func import functional_call

from lineart_lib.models.mlp import mlp
from lineart_lib.runtime import generator
from lineart_lib.training.full_batch import squared_norm
from lineart_lib.training.stacked import descend_all, squared_norms, stack

RATES = torch.tensor([1e-3, 1e-2, 1e-1], dtype=torch.float64)


def models(count: int = 3) -> list[torch.nn.Sequential]:
    """Networks in float64, each with weights of its own."""
    return [mlp((2, 5, 1), "tanh", generator(seed)).double() for seed in range(count)]


def test_a_stack_predicts_as_its_networks_do() -> None:
    """Equivalence: outputs and squared norms are those of each network alone; float64 rounding."""
    alone = models()
    parameters, predict = stack(alone)
    inputs = torch.randn(3, 7, 2, dtype=torch.float64, generator=generator(0))
    outputs = predict(parameters, inputs)
    for index, model in enumerate(alone):
        torch.testing.assert_close(outputs[index], model(inputs[index]))
        torch.testing.assert_close(squared_norms(parameters)[index], squared_norm(model))


def test_each_network_follows_the_adam_of_torch() -> None:
    """Equivalence: 30 steps, three rates and three momenta at once, against torch's Adam alone.

    Both compute the same numbers in another order: 1e-9 leaves room for float64 rounding.
    """
    beta_1 = torch.tensor([0.9, 0.5, 0.0], dtype=torch.float64)
    alone = models()
    parameters, predict = stack(alone)
    inputs = torch.randn(6, 2, dtype=torch.float64, generator=generator(1))
    wanted = inputs.prod(1, keepdim=True)

    def costs() -> torch.Tensor:
        return (predict(parameters, inputs.expand(3, -1, -1)) - wanted).square().mean((1, 2))

    descend_all(costs, parameters, rates=RATES, steps=30, betas=(beta_1, 0.99))
    for index, model in enumerate(alone):
        betas = (beta_1[index].item(), 0.99)
        optimizer = torch.optim.Adam(model.parameters(), lr=RATES[index].item(), betas=betas)
        for _ in range(30):
            optimizer.zero_grad()
            (model(inputs) - wanted).square().mean().backward()
            optimizer.step()
        for name, value in model.named_parameters():
            torch.testing.assert_close(parameters[name][index], value, rtol=1e-9, atol=1e-9)


def test_a_network_that_fails_leaves_the_others_be() -> None:
    """Property: a cost that is not a number stays with its own network."""
    parameters, predict = stack(models(2))
    inputs = torch.ones(2, 4, 2, dtype=torch.float64)
    factor = torch.tensor([1.0, torch.nan], dtype=torch.float64)
    descend_all(
        lambda: predict(parameters, inputs).square().mean((1, 2)) * factor,
        parameters,
        rates=RATES[:2],
        steps=3,
    )
    assert all(value[0].isfinite().all() for value in parameters.values())
    assert all(value[1].isnan().all() for value in parameters.values())


def test_a_stack_learns_and_leaves_its_source_alone() -> None:
    """Learning: eight networks fit eight points to 1 % of the first cost; the source stays."""
    source = mlp((1, 8, 1), "tanh", generator(0))
    before = [parameter.clone() for parameter in source.parameters()]
    parameters, predict = stack([source] * 8)
    inputs = torch.linspace(-1, 1, 8)[:, None].expand(8, -1, -1)
    seen: list[int] = []

    def costs() -> torch.Tensor:
        return (predict(parameters, inputs) - 2 * inputs).square().mean((1, 2))

    first = costs().detach()
    descend_all(costs, parameters, rates=torch.full((8,), 0.02), steps=400, callback=seen.append)
    assert (costs() < first / 100).all()
    assert seen == list(range(1, 401))
    assert all(map(torch.equal, before, source.parameters()))


def test_networks_are_run_as_functional_call_runs_them() -> None:
    """Equivalence: the parameters taken out of the stack drive the plain network to its output."""
    alone = models(2)
    parameters, predict = stack(alone)
    inputs = torch.ones(2, 3, 2, dtype=torch.float64)
    second = {name: value[1] for name, value in parameters.items()}
    expected = functional_call(alone[0], second, (inputs[1],))
    torch.testing.assert_close(predict(parameters, inputs)[1], expected)


def test_unfit_runs_are_refused() -> None:
    """Errors: no network, no step, a missing rate, and a rate of zero."""
    with pytest.raises(ValueError, match="no network"):
        stack([])
    parameters, predict = stack(models(2))

    def costs() -> torch.Tensor:
        return predict(parameters, torch.ones(2, 1, 2, dtype=torch.float64)).square().mean((1, 2))

    with pytest.raises(ValueError, match="at least 1; got 0"):
        descend_all(costs, parameters, rates=RATES[:2], steps=0)
    for rates in (RATES, torch.tensor([0.1, 0.0])):
        with pytest.raises(ValueError, match="one for each network"):
            descend_all(costs, parameters, rates=rates, steps=1)
