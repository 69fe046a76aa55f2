"""Training a classifier: the update of the textbook, means over rows, learning, determinism."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy, one_hot, softmax

from lineart_lib.models.mlp import mlp
from lineart_lib.runtime import generator
from lineart_lib.training.classification import Split, evaluate, fit, predict, step


def blobs(count: int, seed: int = 0) -> Split:
    """Return three well separated clouds of points in the plane."""
    draw = generator(seed)
    labels = torch.arange(count) % 3
    centres = torch.tensor([[0.0, 3.0], [3.0, -2.0], [-3.0, -2.0]])
    return Split(centres[labels] + 0.5 * torch.randn(count, 2, generator=draw), labels)


def test_a_step_is_the_formula_of_softmax_regression():
    """Equivalence: for one layer, W ← W − ε (softmax(z) − y)ᵀ x / B, and b likewise."""
    draw = generator(0)
    model = mlp((4, 3), generator=draw).double()
    x = torch.randn(9, 4, dtype=torch.float64, generator=draw)
    labels = torch.randint(0, 3, (9,), generator=draw)
    weight, bias = (p.detach().clone() for p in model.parameters())
    z = x @ weight.T + bias
    error = (softmax(z, dim=1) - one_hot(labels, 3)) / 9  # (B, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss, correct = step(model, x, labels, optimizer)
    # float64 and sums of nine terms: rounding stays far below 1e-12.
    torch.testing.assert_close(model[0].weight, weight - 0.1 * error.T @ x, atol=1e-12, rtol=0)
    torch.testing.assert_close(model[0].bias, bias - 0.1 * error.sum(0), atol=1e-12, rtol=0)
    assert loss == pytest.approx(cross_entropy(z, labels).item(), abs=1e-12)
    assert correct == int((z.argmax(1) == labels).sum())


def test_old_gradients_do_not_count():
    """Property: gradients left from elsewhere do not enter the update."""
    split = blobs(30)
    models = [mlp((2, 8, 3), generator=generator(1)) for _ in range(2)]
    cross_entropy(models[1](split.inputs), split.labels).backward()
    for model in models:
        step(model, split.inputs, split.labels, torch.optim.SGD(model.parameters(), lr=0.5))
    assert torch.equal(models[0][0].weight, models[1][0].weight)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 70))
def test_evaluation_does_not_depend_on_the_batch_size(batch_size):
    """Property: loss and accuracy are means over rows, also when the last batch is small."""
    split, model = blobs(50), mlp((2, 8, 3), generator=generator(1))
    loss, accuracy = evaluate(model, split, batch_size)
    logits = model(split.inputs)
    # float32: the order of additions inside a matrix product may change with the batch.
    assert loss == pytest.approx(cross_entropy(logits, split.labels).item(), rel=1e-5)
    assert accuracy == (logits.argmax(1) == split.labels).double().mean().item()


def test_evaluation_changes_nothing():
    """Property: predicting leaves the weights alone and asks for no gradient."""
    split, model = blobs(20), mlp((2, 8, 3), generator=generator(1))
    before = [p.clone() for p in model.parameters()]
    assert not predict(model, split.inputs).requires_grad
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_one_batch_is_overfitted():
    """Learning: the MLP of the chapter memorizes 64 noise pictures with random labels."""
    draw = generator(0)
    inputs = torch.rand(64, 784, generator=draw)
    split = Split(inputs, torch.randint(0, 10, (64,), generator=draw))
    model = mlp((784, 128, 128, 10), generator=draw)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    fit(model, split, split, epochs=60, batch_size=64, optimizer=optimizer, generator=draw)
    loss, accuracy = evaluate(model, split)
    assert accuracy == 1.0
    assert loss < 0.01


def learn(seed: int, epochs: int = 3) -> tuple[torch.nn.Module, list]:
    """Train a small network on the clouds from one seed."""
    draw = generator(seed)
    model = mlp((2, 16, 3), generator=draw)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    history = fit(
        model,
        blobs(300),
        blobs(90, 1),
        epochs=epochs,
        batch_size=32,
        optimizer=optimizer,
        generator=draw,
    )
    return model, history


def test_it_generalizes():
    """Learning: clouds of the same kind, never seen, are told apart; the history shows it."""
    model, history = learn(0, 10)
    assert evaluate(model, blobs(300, 5))[1] > 0.99
    assert len(history) == 10
    assert history[-1].train_loss < history[0].train_loss / 3
    assert history[-1].validation_accuracy > 0.99


def test_a_seed_decides_all():
    """Determinism: the same seed gives the same weights and history, another seed others."""
    (first, history), (again, same), (other, _) = (learn(seed) for seed in (0, 0, 1))
    assert history == same
    assert torch.equal(first[2].weight, again[2].weight)
    assert not torch.equal(first[2].weight, other[2].weight)


def test_the_history_is_measured_as_it_says():
    """Equivalence: with a learning rate of 0, the measures are plain evaluations."""
    train, validation = blobs(50), blobs(30, 1)
    model = mlp((2, 8, 3), generator=generator(4))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    (epoch,) = fit(
        model,
        train,
        validation,
        epochs=1,
        batch_size=16,
        optimizer=optimizer,
        generator=generator(0),
    )
    # float32 sums in another order: 1e-5 is ten times their rounding.
    assert (epoch.train_loss, epoch.train_accuracy) == pytest.approx(
        evaluate(model, train), rel=1e-5
    )
    assert (epoch.validation_loss, epoch.validation_accuracy) == evaluate(model, validation)


def test_no_epoch_is_refused():
    """Property: asking for nothing is an error, not an untrained network."""
    with pytest.raises(ValueError, match="epochs must be at least 1; got 0"):
        learn(0, 0)


def test_schedule_and_augmentation_reach_every_step():
    """Property: a rate of 0 from step 4 on freezes the model; each input is augmented once."""
    split, seen = blobs(40), []
    models = []
    for epochs in (1, 3):
        draw = generator(0)
        model = mlp((2, 8, 3), generator=generator(1))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

        def mirrored(inputs, given, draw=draw):
            assert given is draw
            seen.append(len(inputs))
            return -inputs

        fit(
            model,
            split,
            split,
            epochs=epochs,
            batch_size=16,
            optimizer=optimizer,
            generator=draw,
            scheduler=torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: step < 3),
            augment=mirrored,
        )
        models.append(model)
    assert seen == 4 * [16, 16, 8]
    first, later = (list(model.parameters()) for model in models)
    assert all(torch.equal(a, b) for a, b in zip(first, later, strict=True))
    untrained = mlp((2, 8, 3), generator=generator(1))
    mirror = Split(-split.inputs, split.labels)  # what was learned from
    assert evaluate(models[0], mirror)[0] < evaluate(untrained, mirror)[0]
