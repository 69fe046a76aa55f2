"""The recorded graph of a model is the model."""

import pytest
import torch
from torch import nn

from lineart_lib.models.cnn import ConvNet
from lineart_lib.models.graph import operations, record_graph
from lineart_lib.runtime import generator


def test_the_graph_of_the_cnn_lists_its_layers():
    """Equivalence: names, result shapes and weights are those of the layers that run."""
    model = ConvNet(generator=generator(0))
    images = torch.rand(2, 1, 28, 28, generator=generator(1))
    listed = operations(record_graph(model, images))
    assert [op.name for op in listed] == [
        *("conv2d", "max_pool2d", "relu") * 2,
        "flatten",
        *("linear", "relu") * 2,
        "linear",
    ]
    seen = []
    layers = [m for m in model.modules() if not list(m.children()) and m is not model]
    for layer in layers:
        layer.register_forward_hook(lambda m, i, out: seen.append(tuple(out.shape)))
    model(images)
    assert [op.shape for op in listed if op.name != "flatten"] == seen
    assert [op.weights for op in listed if op.weights] == [
        tuple(p.shape) for name, p in model.named_parameters() if name.endswith("weight")
    ]


def test_running_the_graph_is_running_the_model():
    """Equivalence: the recorded calls, run one by one on another input, give the same logits."""
    model = ConvNet(generator=generator(0))
    graph = record_graph(model, torch.rand(2, 1, 28, 28, generator=generator(1)))
    images = torch.rand(2, 1, 28, 28, generator=generator(2))
    names = [node.name for node in graph.graph.nodes if node.op == "placeholder"]
    parameters = list(model.parameters())
    first = "images" in names[0]
    inputs = [images, *parameters] if first else [*parameters, images]
    (logits,) = graph(*inputs)
    assert torch.equal(logits, model(images))


class Branching(nn.Module):
    """Adds one where the sum is positive: a question that only values can answer."""

    def forward(self, x):
        """Map a tensor to one of its shape."""
        x = torch.relu(x)
        if x.sum() > 1:
            x = x + 1
        return x * 2


def test_a_branch_on_values_is_refused():
    """Property: a model that breaks into two graphs is not passed off as one."""
    with pytest.raises(ValueError, match="broke into 2"):
        record_graph(Branching(), torch.ones(3))
