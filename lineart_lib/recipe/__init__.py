"""Data recipes: where data come from, how they are recognised, and how they become tensors."""
