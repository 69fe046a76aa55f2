"""A small U-Net that reads a noised digit, its step and, if told, its class (chapter "Diffusion").

The picture is folded first: two by two pixels become four channels, so that the work is done at
14 × 14 and 7 × 7, where a convolution costs a quarter of what it does on the pixels themselves.
At 7 × 7 each cell also attends to all others: without that, strokes were good and digits were not.

References
----------
.. [1] Ronneberger, Fischer, Brox, "U-Net: Convolutional Networks for Biomedical Image
   Segmentation", 2015.
.. [2] Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020, appendix B.
.. [3] Dhariwal, Nichol, "Diffusion Models Beat GANs on Image Synthesis", 2021, section 3
   (adaptive group normalization).
.. [4] Vaswani et al., "Attention Is All You Need", 2017, section 3.5 (the sinusoidal embedding).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from lineart_lib.models.attention import SelfAttention

GROUPS = 8
FOLD = 2


def step_embedding(t: Tensor, width: int, period: float = 10_000.0) -> Tensor:
    """Write a step as sines and cosines, from fast to slow ([4]_).

    Parameters
    ----------
    t : Tensor
        Steps, shape (batch,).
    width : int
        Even, at least 2.
    period : float
        The slowest wave turns once in 2π times this many steps.

    Returns
    -------
    Tensor
        float32 (batch, width) in [-1, 1]: the cosines, then the sines.

    Raises
    ------
    ValueError
        The width is odd or below 2.
    """
    if width < 2 or width % 2:
        raise ValueError(f"an embedding must have an even width of at least 2; got {width}")
    half = torch.arange(width // 2, device=t.device, dtype=torch.float32)
    speed = torch.exp(-math.log(period) * half / (width // 2))
    angle = t.float()[:, None] * speed  # (batch, width / 2)
    return torch.cat([angle.cos(), angle.sin()], dim=1)


class Block(nn.Module):
    """Two convolutions around a residual; the condition scales and shifts what lies between [3]_.

    Parameters
    ----------
    inputs, outputs : int
        Channels, multiples of 8.
    condition : int
        Width of the condition's vector.
    """

    def __init__(self, inputs: int, outputs: int, condition: int) -> None:
        super().__init__()
        self.norm_in = nn.GroupNorm(GROUPS, inputs)
        self.conv_in = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.modulate = nn.Linear(condition, 2 * outputs)
        self.norm_out = nn.GroupNorm(GROUPS, outputs)
        self.conv_out = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map (batch, inputs, H, W) and (batch, condition) to (batch, outputs, H, W)."""
        h = self.conv_in(silu(self.norm_in(x)))
        scale, shift = self.modulate(condition)[:, :, None, None].chunk(2, dim=1)
        h = self.norm_out(h) * (1 + scale) + shift
        return self.skip(x) + self.conv_out(silu(h))


class UNet(nn.Module):
    """Predict noise, picture or velocity of a noised digit.

    Parameters
    ----------
    widths : tuple of two int
        Channels at half and at a quarter of the picture's side, multiples of 8.
    classes : int
        How many classes may be asked for. One label more, `classes` itself, says nothing.
    generator : torch.Generator, optional
        Draws the first weights. Without one, torch's global generator is used.

    Raises
    ------
    ValueError
        A width is no multiple of 8, or there is no class.
    """

    def __init__(
        self,
        widths: tuple[int, int] = (32, 64),
        classes: int = 10,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if len(widths) != 2 or any(width < GROUPS or width % GROUPS for width in widths):
            raise ValueError(
                f"widths must be two multiples of {GROUPS}, one for each size; got {widths}"
            )
        if classes < 1:
            raise ValueError(f"there must be at least one class; got {classes}")
        wide, deep = widths
        condition = 2 * deep
        self.classes = classes
        self.step_width = wide
        with torch.random.fork_rng(devices=[], enabled=generator is not None):
            self.embed_step = nn.Sequential(
                nn.Linear(wide, condition), nn.SiLU(), nn.Linear(condition, condition)
            )
            self.embed_label = nn.Embedding(classes + 1, condition)
            self.enter = nn.Conv2d(FOLD**2, wide, 3, padding=1)
            self.down = Block(wide, wide, condition)
            self.shrink = nn.Conv2d(wide, deep, 3, stride=2, padding=1)
            self.middle = nn.ModuleList([Block(deep, deep, condition) for _ in range(2)])
            self.norm_look = nn.GroupNorm(GROUPS, deep)
            self.look = SelfAttention(deep, heads=4)
            self.grow = nn.Conv2d(deep, wide, 3, padding=1)
            self.up = Block(2 * wide, wide, condition)
            self.norm = nn.GroupNorm(GROUPS, wide)
            self.leave = nn.Conv2d(wide, FOLD**2, 3, padding=1)
        _draw_weights(self, generator)

    @property
    def no_label(self) -> int:
        """The label that stands for "any class"."""
        return self.classes

    def forward(self, x: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        """Predict.

        Parameters
        ----------
        x : Tensor
            Noised pictures (batch, 1, H, W); H and W are multiples of 4.
        t : Tensor
            Steps (batch,), from 0.
        label : Tensor, optional
            int64 (batch,) in [0, classes]. Default: none is told.

        Returns
        -------
        Tensor
            (batch, 1, H, W).

        Raises
        ------
        ValueError
            The pictures have another shape.
        """
        if x.ndim != 4 or x.shape[1] != 1 or x.shape[2] % 4 or x.shape[3] % 4:
            raise ValueError(
                "x must be (batch, 1, H, W) with H and W multiples of 4; "
                f"got {tuple(x.shape)}: pad the picture"
            )
        if label is None:
            label = torch.full_like(t, self.no_label, dtype=torch.int64)
        waves = step_embedding(t, self.step_width).to(x)
        condition = self.embed_step(waves) + self.embed_label(label)
        condition = silu(condition)  # (batch, condition)
        h = self.enter(nn.functional.pixel_unshuffle(x, FOLD))  # (batch, wide, H / 2, W / 2)
        h = side = self.down(h, condition)
        h = self.shrink(h)  # (batch, deep, H / 4, W / 4)
        h = self.middle[0](h, condition)
        tokens = self.norm_look(h).flatten(2).transpose(1, 2)  # (batch, H W / 16, deep)
        h = h + self.look(tokens).transpose(1, 2).reshape(h.shape)
        h = self.middle[1](h, condition)
        h = self.grow(nn.functional.interpolate(h, scale_factor=2.0))  # (batch, wide, H / 2, W / 2)
        h = self.up(torch.cat([h, side], dim=1), condition)
        return nn.functional.pixel_shuffle(self.leave(silu(self.norm(h))), FOLD)


@torch.no_grad()
def _draw_weights(model: UNet, generator: torch.Generator | None) -> None:
    """Draw all weights; start each residual, and the output, at zero ([2]_, public code)."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_uniform_(module.weight, a=math.sqrt(5), generator=generator)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=1.0, generator=generator)
    for module in model.modules():
        if isinstance(module, Block):
            nn.init.zeros_(module.conv_out.weight)
    nn.init.zeros_(model.look.leave.weight)
    nn.init.zeros_(model.leave.weight)
