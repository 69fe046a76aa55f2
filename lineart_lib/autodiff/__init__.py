"""Automatic differentiation of scalars in plain Python: nothing outside the standard library.

It is the engine that the chapter on backpropagation builds, finished and tested against PyTorch. It
is made to be read, and to run in a web page; it is not made to be fast.
"""

from lineart_lib.autodiff.dual import Dual, derivative, jvp
from lineart_lib.autodiff.engine import Node, topological_order
from lineart_lib.autodiff.graph import draw
from lineart_lib.autodiff.nn import MLP, Layer, Neuron
from lineart_lib.autodiff.optim import SGD, Adagrad, Adam, AdamW, Momentum, Optimizer, RMSProp

__all__ = [
    "MLP",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Dual",
    "Layer",
    "Momentum",
    "Neuron",
    "Node",
    "Optimizer",
    "RMSProp",
    "derivative",
    "draw",
    "jvp",
    "topological_order",
]
