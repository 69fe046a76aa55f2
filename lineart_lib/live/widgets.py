"""The toys as notebook widgets; each also carries the HTML form for a page without a kernel."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from lineart_lib.live import page


class _Toy(anywidget.AnyWidget):
    """A toy whose state is a set of traits; None leaves the toy's own default."""

    _toy: str

    def state(self) -> dict[str, Any]:
        """Collect the traits that are set: the state for a page."""
        values = {key: getattr(self, key) for key in page.TOYS[self._toy] if self.has_trait(key)}
        return {key: value for key, value in values.items() if value is not None}

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/html": page.inline(self._toy, self.state())}, metadata


def _optional(trait: type[traitlets.TraitType]) -> Any:
    return trait(default_value=None, allow_none=True).tag(sync=True)


class OptimizerPlayground(_Toy):
    """Optimizers that walk down a curve or a surface.

    Attributes
    ----------
    function : str
        ``square``, ``mixture``, ``bowl``, ``rosenbrock``, ``himmelblau`` or ``saddle``.
    start : list of float
        Where every walk begins: one number for a curve, two for a surface.
    learning_rate : float
        Above 0.
    steps : int
        In [1, 5000].
    optimizers : list of str
        Any of ``sgd``, ``momentum``, ``adagrad``, ``rmsprop``, ``adam``, ``adamw``.
    condition : float
        Condition number of the bowl, in [1, 100].
    mixture : dict
        ``weights``, ``means`` and ``stds`` of the Gaussians whose negative sum is the cost, lists
        of equal length; ``domain``, optional, the interval to show.
    """

    _toy = "optimizer-playground"
    _esm = page.FOLDER / "optimizer-playground.js"
    _css = page.STYLE
    function = _optional(traitlets.Unicode)
    start = _optional(traitlets.List)
    learning_rate = _optional(traitlets.Float)
    steps = _optional(traitlets.Int)
    optimizers = _optional(traitlets.List)
    condition = _optional(traitlets.Float)
    mixture = _optional(traitlets.Dict)


class DecisionBoundary(_Toy):
    """A small network that learns to separate two classes.

    Attributes
    ----------
    dataset : str
        ``moons``, ``circles``, ``xor``, ``spiral`` or ``empty``.
    hidden : list of int
        Units of at most two hidden layers, each in [0, 64]; 0 leaves the layer out.
    activation : str
        ``identity``, ``sigmoid``, ``tanh`` or ``relu``.
    learning_rate : float
        Of Adam, above 0.
    l2 : float
        Weight of half the sum of squared weights in the loss, at least 0.
    noise : float
        Standard deviation of the noise on the points, at least 0.
    samples : int
        Number of points.
    seed : int
        Of the points and of the first weights.
    """

    _toy = "decision-boundary"
    _esm = page.FOLDER / "decision-boundary.js"
    _css = page.STYLE
    dataset = _optional(traitlets.Unicode)
    hidden = _optional(traitlets.List)
    activation = _optional(traitlets.Unicode)
    learning_rate = _optional(traitlets.Float)
    l2 = _optional(traitlets.Float)
    noise = _optional(traitlets.Float)
    samples = _optional(traitlets.Int)
    seed = _optional(traitlets.Int)


class AutodiffCell(_Toy):
    """A cell of Python that runs in the page, with the autodiff room of this library.

    Attributes
    ----------
    code : str
        The Python to begin with.
    """

    _toy = "autodiff"
    _esm = page.FOLDER / "autodiff.js"
    _css = page.STYLE
    code = _optional(traitlets.Unicode)


class AttentionMap(_Toy):
    """Digits whose patches show what they look at, head by head, layer by layer.

    `lineart_lib.live.attention.attention_state` writes the first five. Without digits the toy
    shows a drawn ring and two made-up heads.

    Attributes
    ----------
    digits : list of dict
        ``label``, ``guess``, ``image`` and ``weights``; the last two are base64 of bytes.
    side, patch : int
        Of a picture and of a patch, in pixels.
    layers, heads : int
        Of the network.
    digit, layer, head, token : int
        What is shown first, each from 0; head -1 is the mean, token 0 the class token.
    """

    _toy = "attention-map"
    _esm = page.FOLDER / "attention-map.js"
    _css = page.STYLE
    digits = _optional(traitlets.List)
    side = _optional(traitlets.Int)
    patch = _optional(traitlets.Int)
    layers = _optional(traitlets.Int)
    heads = _optional(traitlets.Int)
    digit = _optional(traitlets.Int)
    layer = _optional(traitlets.Int)
    head = _optional(traitlets.Int)
    token = _optional(traitlets.Int)


class Diffusion1D(_Toy):
    """Particles that flow from noise to a mixture on a line, by its exact score.

    Attributes
    ----------
    data : str
        ``three``, ``two``, ``spikes`` or ``one``.
    sampler : str
        ``ddpm``, ``ddim`` or ``dpm``.
    schedule : str
        ``cosine`` or ``linear``.
    steps : int
        In [1, 250], of the schedule's thousand.
    particles : int
        At least 1.
    seed : int
        Of the noise.
    """

    _toy = "diffusion-1d"
    _esm = page.FOLDER / "diffusion-1d.js"
    _css = page.STYLE
    data = _optional(traitlets.Unicode)
    sampler = _optional(traitlets.Unicode)
    schedule = _optional(traitlets.Unicode)
    steps = _optional(traitlets.Int)
    particles = _optional(traitlets.Int)
    seed = _optional(traitlets.Int)


class Diffusion2D(_Toy):
    """Particles that flow from noise to a cloud of points in the plane, by its exact score.

    Attributes
    ----------
    data : str
        ``spiral``, ``moons``, ``ring``, ``letter`` or ``empty``.
    sampler : str
        ``ddpm``, ``ddim`` or ``dpm``.
    schedule : str
        ``cosine`` or ``linear``.
    steps : int
        In [1, 200], of the schedule's thousand.
    spread : float
        Standard deviation of the Gaussian around each point, in [0.01, 0.5].
    particles : int
        At least 1.
    start : list of float
        Where the two kinds of walk that are compared begin, in [-3, 3]².
    seed : int
        Of the noise.
    """

    _toy = "diffusion-2d"
    _esm = page.FOLDER / "diffusion-2d.js"
    _css = page.STYLE
    data = _optional(traitlets.Unicode)
    sampler = _optional(traitlets.Unicode)
    schedule = _optional(traitlets.Unicode)
    steps = _optional(traitlets.Int)
    spread = _optional(traitlets.Float)
    particles = _optional(traitlets.Int)
    start = _optional(traitlets.List)
    seed = _optional(traitlets.Int)


class ModeCollapse(_Toy):
    """A generator and a critic that play on a ring of Gaussians.

    Attributes
    ----------
    objective : str
        ``non-saturating`` or ``wgan-gp``.
    modes : int
        Gaussians on the ring, in [2, 12].
    learning_rate : float
        Of both networks, in [1e-5, 0.1].
    seed : int
        Of the first weights and of all draws.
    """

    _toy = "mode-collapse"
    _esm = page.FOLDER / "mode-collapse.js"
    _css = page.STYLE
    objective = _optional(traitlets.Unicode)
    modes = _optional(traitlets.Int)
    learning_rate = _optional(traitlets.Float)
    seed = _optional(traitlets.Int)
