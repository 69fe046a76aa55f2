"""The toys as notebook widgets; each also carries the HTML form for a page without a kernel.

The traits of a widget are the keys of its toy in `lineart_lib.live.toys`. A trait that is None
leaves the toy's own default.
"""

from __future__ import annotations

import textwrap
from typing import Any, ClassVar

import anywidget
import traitlets

from lineart_lib.live import page
from lineart_lib.live.toys import TOYS

_TRAITS: dict[type, type[traitlets.TraitType]] = {
    str: traitlets.Unicode,
    int: traitlets.Int,
    float: traitlets.Float,
    list: traitlets.List,
    dict: traitlets.Dict,
}


class _Toy(anywidget.AnyWidget):
    """A toy whose state is a set of traits; None leaves the toy's own default."""

    _toy: ClassVar[str]

    def state(self) -> dict[str, Any]:
        """Collect the traits that are set: the state for a page."""
        values = {key: getattr(self, key) for key in TOYS[self._toy] if self.has_trait(key)}
        return {key: value for key, value in values.items() if value is not None}

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/html": page.inline(self._toy, self.state())}, metadata


def _widget(class_name: str, toy: str, summary: str) -> type[_Toy]:
    """Make the class of a toy: a synchronized trait for each key that a reader may set."""
    keys = {key: entry for key, entry in TOYS[toy].items() if key not in page.FILLED_IN}
    lines = [summary, "", "Attributes", "----------"]
    for key, (kind, meaning) in keys.items():
        lines.append(f"{key} : {kind.__name__}")
        lines += textwrap.wrap(meaning, 92, initial_indent="    ", subsequent_indent="    ")
    members: dict[str, Any] = {
        key: _TRAITS[kind](default_value=None, allow_none=True).tag(sync=True)
        for key, (kind, _) in keys.items()
    }
    members |= {
        "__doc__": "\n".join(lines),
        "__module__": __name__,
        "_toy": toy,
        "_esm": page.source(toy),
        "_css": page.STYLE,
    }
    return type(_Toy)(class_name, (_Toy,), members)


OptimizerPlayground = _widget(
    "OptimizerPlayground",
    "optimizer-playground",
    "Optimizers that walk down a curve or a surface.",
)
DecisionBoundary = _widget(
    "DecisionBoundary",
    "decision-boundary",
    "A small network that learns to separate two classes.",
)
AutodiffCell = _widget(
    "AutodiffCell",
    "autodiff",
    "A cell of Python that runs in the page, with the autodiff room of this library.",
)
AttentionMap = _widget(
    "AttentionMap",
    "attention-map",
    "Digits whose patches show what they look at, head by head, layer by layer.",
)
ModeCollapse = _widget(
    "ModeCollapse",
    "mode-collapse",
    "A generator and a critic that play on a ring of Gaussians.",
)
Diffusion1D = _widget(
    "Diffusion1D",
    "diffusion-1d",
    "Particles that flow from noise to a mixture on a line, by its exact score.",
)
Diffusion2D = _widget(
    "Diffusion2D",
    "diffusion-2d",
    "Particles that flow from noise to a cloud of points in the plane, by its exact score.",
)
NgramWriter = _widget(
    "NgramWriter",
    "ngram-writer",
    "Counts of a text that show what they hold likely next, and write.",
)
XDoG = _widget(
    "XDoG",
    "xdog",
    "The lines of a picture by the extended difference of Gaussians, with a slider a number.",
)
