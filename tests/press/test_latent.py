"""Diagrams of latent diffusion show what they were given, bar by bar."""

import re

from lineart_lib.press import latent
from lineart_lib.press.latent import Layer, draw_control, draw_stablepaint

LAYERS = [Layer(8, 16, True), Layer(16, 8, False), Layer(8, 16, True)]


def written(monkeypatch, draw, *arguments):
    """Return the drawing, and all words in it."""
    words = []
    monkeypatch.setattr(latent, "text", lambda said, *_, **__: words.append(said) or "")
    return draw(*arguments), words


def test_every_part_and_every_layer_is_drawn(monkeypatch):
    """Equivalence: names, parameters and shapes as given; a bar for each layer, wider for more
    channels, lower for smaller maps."""
    shapes = {"picture": "3 × 64 × 64", "planes": "5 × 64 × 64", "latent": "4 × 16 × 16"}
    counts = {
        "picture_encoder": 900,
        "decoder": 1200,
        "context_encoder": 950,
        "denoiser": 2_500_000,
    }
    drawn, words = written(monkeypatch, draw_stablepaint, shapes, counts, LAYERS)
    assert {"900", "1,200", "950", "2.5 million"} <= set(words)
    assert words.count("3 × 64 × 64") == 2
    assert words.count("4 × 16 × 16") == 3
    assert words.count("16²") == 2
    assert words.count("8²") == 1
    bars = re.findall(r'width="([\d.]+)" height="([\d.]+)" rx="3"', drawn)[: len(LAYERS)]
    (first, _), (second, low), (third, high) = [tuple(map(float, bar)) for bar in bars]
    assert first == third < second
    assert low < high


def test_each_size_of_a_control_has_its_sum_and_its_zero(monkeypatch):
    """Property: three zero convolutions for three sizes, one for the condition, one that explains;
    a sum for each size; parameters as given."""
    _, words = written(monkeypatch, draw_control, (16, 32, 48), 12_345, 6_789, 5)
    assert words.count("0") == 3 + 1 + 1
    assert words.count("+") == 3
    assert words.count("48") == 2
    assert words.count("16") == words.count("32") == 3
    assert {"12,345 parameters", "6,789 parameters", "5 channels"} <= set(words)
