"""The attention map: what Python writes is what the toy shows; its own example is attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lineart_lib.live.attention import attention_state


def made(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two pictures and weights of 2 layers and 3 heads over 16 patches and a class token."""
    draws = np.random.default_rng(seed)
    images = draws.integers(0, 256, (2, 28, 28), dtype=np.uint8)
    weights = draws.exponential(size=(2, 2, 3, 17, 17)) ** 3
    return images, weights / weights.sum(-1, keepdims=True)


def test_the_toy_reads_what_python_writes(in_node: Callable[..., Any]) -> None:
    """Round trip: each weight comes back to half of a 255th, each pixel exactly."""
    images, weights = made()
    state = attention_state(images, weights, [3, 8], [3, 5])
    image, rows, mean, columns = in_node(
        "attention-map",
        """
        const data = toy.unpack(given.state);
        const row = (head, token, backwards) =>
          toy.attention(data, 1, { layer: 1, head, token, backwards });
        const all = Array.from({ length: data.tokens }, (_, t) => t);
        return [Array.from(data.digits[1].image), all.map((t) => row(2, t, false)),
          all.map((t) => row(-1, t, false)), all.map((t) => row(2, t, true))];
        """,
        state=state,
    )
    assert image == images[1].ravel().tolist()
    half = 0.5 / 255 + 1e-12
    np.testing.assert_allclose(rows, weights[1, 1, 2], rtol=0, atol=half)
    np.testing.assert_allclose(mean, weights[1, 1].mean(0), rtol=0, atol=half)
    np.testing.assert_array_equal(np.array(columns).T, rows)
    assert [state["digits"][1][key] for key in ("label", "guess")] == ["8", "5"]


def test_the_spread_is_that_of_the_entropy(in_node: Callable[..., Any]) -> None:
    """Closed form: one token counts 1, n equal ones count n."""
    rows = [[0, 1, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0], [0.7, 0.1, 0.1, 0.1]]
    found = in_node("attention-map", "return given.rows.map(toy.spread);", rows=rows)
    expected = np.exp(-(0.7 * np.log(0.7) + 0.3 * np.log(0.1)))
    assert found == pytest.approx([1, 4, 2, expected])


def test_the_example_is_attention(in_node: Callable[..., Any]) -> None:
    """Property: rows sum to 1 but for rounding, and head 1 prefers near patches."""
    rows = in_node(
        "attention-map",
        """
        const data = toy.unpack(toy.example());
        return [0, 1].map((head) => Array.from({ length: data.tokens }, (_, token) =>
          toy.attention(data, 0, { layer: 0, head, token, backwards: false })));
        """,
    )
    np.testing.assert_allclose(np.sum(rows, axis=-1), 1, atol=17 * 0.5 / 255)
    near, far = rows[0][1][2], rows[0][1][16]
    assert near > far


def test_states_that_do_not_fit_are_refused(in_node: Callable[..., Any]) -> None:
    """Property: Python names the shapes, and the toy does not show a cut state."""
    images, weights = made()
    for wrong in (
        (images.astype(float), weights, [3, 8], [3, 5]),
        (images, weights[..., :16], [3, 8], [3, 5]),
        (images, weights[:, 0], [3, 8], [3, 5]),
        (images, weights, [3], [3, 5]),
    ):
        with pytest.raises(ValueError, match="expected uint8 images"):
            attention_state(*wrong)
    with pytest.raises(ValueError, match=r"lie in \[0, 1\]"):
        attention_state(images, 2 * weights, [3, 8], [3, 5])
    said = in_node(
        "attention-map",
        "try { toy.unpack(given.state); } catch (error) { return error.message; }",
        state={**attention_state(images, weights, [3, 8], [3, 5]), "heads": 2},
    )
    assert "must hold 784 pixels and 1156 weights; got 784 and 1734" in said
