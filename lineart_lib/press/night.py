"""Light for the last step of the fox: a moonlit hill, shade and rim light, fireflies."""

from __future__ import annotations

import numpy as np

from lineart_lib.press import fox
from lineart_lib.press.drawing import element, group, polyline
from lineart_lib.press.pencil import smooth

MOON = (168.0, 104.0, 78.0)
SHADE = "#3b1c5c"
MOONLIGHT = "#fff2c4"


def sky(prefix: str) -> str:
    """Paint everything behind the fox, and define the gradients that its light uses."""
    width, height = fox.CARD
    x, y, radius = MOON
    generator = np.random.default_rng(11)
    stars = [
        element(
            "circle",
            cx=round(float(generator.uniform(6, width - 6)), 1),
            cy=round(float(generator.uniform(6, 190)), 1),
            r=round(float(generator.uniform(0.5, 1.3)), 2),
            fill="#fdf6ff",
            fill_opacity=round(float(generator.uniform(0.4, 0.95)), 2),
        )
        for _ in range(46)
    ]
    craters = [(-26, -30, 13), (22, -42, 8), (46, -8, 11), (-52, 6, 7), (8, -16, 5)]
    return group(
        _definitions(prefix),
        element("rect", width=width, height=height, fill=f"url(#{prefix}-sky)"),
        *stars,
        element("circle", cx=x, cy=y, r=2.1 * radius, fill=f"url(#{prefix}-halo)"),
        element("circle", cx=x, cy=y, r=radius, fill=f"url(#{prefix}-moon)"),
        *(
            element("circle", cx=x + dx, cy=y + dy, r=r, fill="#e9c98f", fill_opacity=0.4)
            for dx, dy, r in craters
        ),
        _hill([(-10, 236), (40, 214), (96, 228), (150, 206), (214, 226), (270, 208)], "#4a3f86"),
        _hill([(-10, 262), (50, 250), (120, 258), (190, 240), (270, 256)], "#372f6d"),
        _hill([(-10, 296), (60, 286), (130, 282), (200, 286), (270, 297)], f"url(#{prefix}-grass)"),
        element(
            "ellipse",
            cx=122,
            cy=307,
            rx=82,
            ry=9,
            fill="#0c0a26",
            fill_opacity=0.6,
            filter=f"url(#{prefix}-soft)",
        ),
    )


def light(part: fox.Part, prefix: str) -> list[str]:
    """Shade a part away from the moon and rim it towards it; to be clipped to the part.

    What lies inside the part but outside its own moved copy is the side it moved away from.
    """
    width, height = fox.CARD
    frame = f"M-20,-20H{width + 20}V{height + 20}H-20z"
    deep = 14 if part.name in ("head", "body", "tail") else 6
    lights = [
        element("rect", width=width, height=height, fill="#5b2f86", fill_opacity=0.07),
        element(
            "path",
            d=frame + fox.outline_path(part, shift=(deep, -deep * 0.8)),
            fill=SHADE,
            fill_opacity=0.38,
            fill_rule="evenodd",
            filter=f"url(#{prefix}-soft)",
        ),
        element(
            "path",
            d=frame + fox.outline_path(part, shift=(-7, 5)),
            fill="#ffb765",
            fill_opacity=0.4,
            fill_rule="evenodd",
            filter=f"url(#{prefix}-soft)",
        ),
        element(
            "path",
            d=frame + fox.outline_path(part, shift=(-2.6, 1.8)),
            fill=MOONLIGHT,
            fill_opacity=0.92,
            fill_rule="evenodd",
        ),
    ]
    if part.name in ("body", "scarf", "scarfend"):  # The head's cast shadow.
        cx, cy = fox.HEAD_CENTRE
        shadow = {"cx": cx - 8, "cy": cy + 38, "rx": 70, "ry": 44, "fill": "#231552"}
        lights.insert(
            1, element("ellipse", **shadow, fill_opacity=0.34, filter=f"url(#{prefix}-soft)")
        )
    return lights


def foreground(prefix: str) -> str:
    """Paint grass before the fox, and fireflies."""
    generator = np.random.default_rng(5)
    blades = []
    for x in np.arange(-4, 266, 3.6):
        length = generator.uniform(12, 30) * (0.55 if 70 < x < 190 else 1.0)
        lean = generator.normal(2, 5)
        base = 344
        top = base - length - 12
        blade = [(x - 2.2, base), (x + lean * 0.4 - 0.8, (base + top) / 2), (x + lean, top)]
        back = [(x + lean, top), (x + lean * 0.4 + 1.4, (base + top) / 2), (x + 2.6, base)]
        outline = np.vstack([smooth(blade, steps=4), smooth(back, steps=4)])
        shade = ("#141538", "#1b2048", "#232c59")[int(generator.integers(3))]
        blades.append(element("path", d=polyline(map(tuple, outline), closed=True), fill=shade))
    fireflies = [
        (30, 262, 3.2),
        (18, 182, 2.4),
        (22, 128, 2.2),
        (222, 318, 2.6),
        (246, 178, 2.4),
        (84, 322, 2.2),
        (38, 300, 1.8),
        (196, 26, 1.6),
        (234, 288, 1.6),
    ]
    glows = []
    for x, y, r in fireflies:
        glows.append(element("circle", cx=x, cy=y, r=6 * r, fill=f"url(#{prefix}-glow)"))
        glows.append(element("circle", cx=x, cy=y, r=0.7 * r, fill="#fffbd6"))
    vignette = element(
        "rect", width=fox.CARD[0], height=fox.CARD[1], fill=f"url(#{prefix}-vignette)"
    )
    return group(*blades, vignette, *glows)


def _hill(ridge: list[tuple[float, float]], fill: str) -> str:
    """Paint a hill from its ridge down."""
    curve = [tuple(point) for point in smooth(ridge)]
    return element("path", d=polyline([*curve, (270, 350), (-10, 350)], closed=True), fill=fill)


def _definitions(prefix: str) -> str:
    """Define gradients and the soft edge of shadows."""

    def stops(*entries: tuple[float, str, float]) -> str:
        return "".join(
            element("stop", offset=offset, stop_color=colour, stop_opacity=opacity)
            for offset, colour, opacity in entries
        )

    def radial(name: str, *entries: tuple[float, str, float]) -> str:
        return element("radialGradient", stops(*entries), id=f"{prefix}-{name}")

    def vertical(name: str, *entries: tuple[float, str, float]) -> str:
        line = {"x1": 0, "y1": 0, "x2": 0, "y2": 1}
        return element("linearGradient", stops(*entries), id=f"{prefix}-{name}", **line)

    blur = element(
        "filter",
        element("feGaussianBlur", stdDeviation=2.4),
        id=f"{prefix}-soft",
        x="-20%",
        y="-20%",
        width="140%",
        height="140%",
    )
    return element(
        "defs",
        vertical("sky", (0, "#1a1b4b", 1), (0.45, "#4a3a8c", 1), (0.72, "#b0659c", 1))
        + vertical("grass", (0, "#2e2f66", 1), (1, "#15163a", 1))
        + vertical("iris", (0, "#3a2530", 0), (1, "#e08a3c", 0.95))
        + radial("moon", (0, "#fffdf0", 1), (0.7, "#fff0c2", 1), (1, "#fbdc9a", 1))
        + radial("halo", (0.4, "#ffe6ae", 0.55), (0.7, "#ffc9a0", 0.18), (1, "#ffc9a0", 0))
        + radial("glow", (0, "#fff3a0", 0.9), (0.3, "#ffe98a", 0.5), (1, "#ffe07a", 0))
        + radial("vignette", (0.62, "#0d0a2b", 0), (1, "#0d0a2b", 0.5))
        + blur,
    )
