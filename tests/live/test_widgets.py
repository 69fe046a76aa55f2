"""The notebook form of the toys: the same text, and an HTML form beside the widget."""

from __future__ import annotations

import pytest

from lineart_lib.live import page
from lineart_lib.live.widgets import (
    AttentionMap,
    AutodiffCell,
    DecisionBoundary,
    Diffusion1D,
    Diffusion2D,
    ModeCollapse,
    NgramWriter,
    OptimizerPlayground,
    XDoG,
)

WIDGETS = {
    "optimizer-playground": OptimizerPlayground,
    "decision-boundary": DecisionBoundary,
    "mode-collapse": ModeCollapse,
    "autodiff": AutodiffCell,
    "diffusion-1d": Diffusion1D,
    "diffusion-2d": Diffusion2D,
    "attention-map": AttentionMap,
    "ngram-writer": NgramWriter,
    "xdog": XDoG,
}


@pytest.mark.parametrize("name", sorted(WIDGETS))
def test_notebook_and_page_run_the_same_code(name: str) -> None:
    """Equivalence: the front end that the kernel sends is the text that the page inlines."""
    widget = WIDGETS[name]()
    assert str(widget._esm) == page.source(name)
    assert str(widget._css) == page.STYLE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(WIDGETS))
def test_a_widget_carries_the_html_form(name: str) -> None:
    """Property: the mime bundle holds the widget for a kernel and HTML for a page without."""
    data, _ = WIDGETS[name]()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert f'data-live="{name}"' in data["text/html"]


def test_traits_become_the_state_of_the_page() -> None:
    """Round trip: what is set on the widget, and only that, is in the state."""
    mixture = {"weights": [0.5, 0.5], "means": [0.0, 1.0], "stds": [0.2, 0.3]}
    toy = OptimizerPlayground(function="mixture", start=[1.0], mixture=mixture)
    assert toy.state() == {"function": "mixture", "start": [1.0], "mixture": mixture}
    assert '"function": "mixture"' in toy._repr_mimebundle_()[0]["text/html"]


def test_each_key_of_a_state_is_a_synchronized_trait() -> None:
    """Property: the keys that a page accepts are the traits that a notebook can set."""
    for name, widget in WIDGETS.items():
        traits = {
            key
            for key, trait in widget.class_traits(sync=True).items()
            if key in widget.__dict__ and not key.startswith("_")
        }
        assert traits == set(page.TOYS[name]) - page.FILLED_IN
        assert all(f"{key} : " in widget.__doc__ for key in traits)
