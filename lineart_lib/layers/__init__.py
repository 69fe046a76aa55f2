"""A picture in layers, and the files in which other programs open it."""

from lineart_lib.layers.stack import Layer, Stack, flatten

__all__ = ["Layer", "Stack", "flatten"]
