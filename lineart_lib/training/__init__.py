"""Losses, steps and loops: how the models learn."""
