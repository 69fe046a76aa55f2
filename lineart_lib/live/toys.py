"""The toys and the states that they take: the one list that page and widgets are made from."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """One value of a toy's state."""

    kind: type
    """Its type in Python: str, int, float, list or dict."""
    meaning: str


TOYS: dict[str, dict[str, Key]] = {
    "optimizer-playground": {
        "function": Key(
            str, "``square``, ``mixture``, ``bowl``, ``rosenbrock``, ``himmelblau`` or ``saddle``."
        ),
        "start": Key(list, "Where every walk begins: one number for a curve, two for a surface."),
        "learning_rate": Key(float, "Above 0."),
        "steps": Key(int, "In [1, 5000]."),
        "optimizers": Key(
            list, "Any of ``sgd``, ``momentum``, ``adagrad``, ``rmsprop``, ``adam``, ``adamw``."
        ),
        "condition": Key(float, "Condition number of the bowl, in [1, 100]."),
        "mixture": Key(
            dict,
            "``weights``, ``means`` and ``stds`` of the Gaussians whose negative sum is the cost, "
            "lists of equal length; ``domain``, optional, the interval to show.",
        ),
    },
    "decision-boundary": {
        "dataset": Key(str, "``moons``, ``circles``, ``xor``, ``spiral`` or ``empty``."),
        "hidden": Key(
            list,
            "Units of at most two hidden layers, each in [0, 64]; 0 leaves the layer out.",
        ),
        "activation": Key(str, "``identity``, ``sigmoid``, ``tanh`` or ``relu``."),
        "learning_rate": Key(float, "Of Adam, above 0."),
        "l2": Key(float, "Weight of half the sum of squared weights in the loss, at least 0."),
        "noise": Key(float, "Standard deviation of the noise on the points, at least 0."),
        "samples": Key(int, "Number of points."),
        "seed": Key(int, "Of the points and of the first weights."),
    },
    "autodiff": {
        "code": Key(str, "The Python to begin with."),
        "files": Key(list, "The modules that the page loads; filled in by `page.check_state`."),
    },
    "attention-map": {
        "digits": Key(
            list,
            "Each a dict of ``label``, ``guess``, ``image`` and ``weights``; the last two are "
            "base64 of bytes, as `lineart_lib.live.attention.attention_state` writes them. "
            "Without digits the toy shows a drawn ring and two made-up heads.",
        ),
        "side": Key(int, "Of a picture, in pixels."),
        "patch": Key(int, "Side of a patch, in pixels."),
        "layers": Key(int, "Of the network."),
        "heads": Key(int, "Of a layer."),
        "digit": Key(int, "The one shown first, from 0."),
        "layer": Key(int, "The one shown first, from 0."),
        "head": Key(int, "The one shown first, from 0; -1 is the mean of all."),
        "token": Key(int, "The one chosen first; 0 is the class token."),
    },
    "mode-collapse": {
        "objective": Key(str, "``non-saturating`` or ``wgan-gp``."),
        "modes": Key(int, "Gaussians on the ring, in [2, 12]."),
        "learning_rate": Key(float, "Of both networks, in [1e-5, 0.1]."),
        "seed": Key(int, "Of the first weights and of all draws."),
    },
    "ngram-writer": {
        "text": Key(str, "What is counted; signs outside printable ASCII are left out."),
        "start": Key(str, "What is written already."),
        "order": Key(int, "Signs counted together, in [1, 10]."),
        "temperature": Key(float, "In [0.1, 2]."),
        "seed": Key(int, "Of the draws."),
    },
    "xdog": {
        "picture": Key(str, "Grey of a square picture: base64 of its bytes, line by line."),
        "lines": Key(str, "The artist's lines of the same picture, in the same form; 0 is ink."),
        "side": Key(int, "Of the picture, in pixels."),
        "sigma": Key(float, "Width of the narrow Gaussian in pixels, in [0.2, 2.5]."),
        "k": Key(float, "How many times wider the other one is, in [1.1, 8]."),
        "gamma": Key(float, "Weight of the wide Gaussian, in [0, 1.2]."),
        "epsilon": Key(float, "Where ink turns into paper, in [-0.3, 0.3]."),
        "phi": Key(float, "Steepness of the turn, in [1, 1e9]."),
    },
    "diffusion-1d": {
        "data": Key(str, "``three``, ``two``, ``spikes`` or ``one``."),
        "sampler": Key(str, "``ddpm``, ``ddim`` or ``dpm``."),
        "schedule": Key(str, "``cosine`` or ``linear``."),
        "steps": Key(int, "In [1, 250], of the schedule's thousand."),
        "particles": Key(int, "At least 1."),
        "seed": Key(int, "Of the noise."),
    },
    "diffusion-2d": {
        "data": Key(str, "``spiral``, ``moons``, ``ring``, ``letter`` or ``empty``."),
        "sampler": Key(str, "``ddpm``, ``ddim`` or ``dpm``."),
        "schedule": Key(str, "``cosine`` or ``linear``."),
        "steps": Key(int, "In [1, 200], of the schedule's thousand."),
        "spread": Key(
            float, "Standard deviation of the Gaussian around each point, in [0.01, 0.5]."
        ),
        "particles": Key(int, "At least 1."),
        "start": Key(list, "Where the two kinds of walk that are compared begin, in [-3, 3]²."),
        "seed": Key(int, "Of the noise."),
    },
}
"""By name, the keys of each toy. A key that is left out keeps the toy's own default."""
