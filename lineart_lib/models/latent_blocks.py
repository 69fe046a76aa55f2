"""What StablePaint's networks are built from: residual blocks, and attention over maps.

References
----------
.. [1] Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020, appendix B.
.. [2] Vaswani et al., "Attention Is All You Need", 2017, section 3.2.
.. [3] Rombach, Blattmann, Lorenz, Esser, Ommer, "High-Resolution Image Synthesis with Latent
   Diffusion Models", 2022, section 3.3 and appendix E.2.1.
.. [4] Shazeer, "GLU Variants Improve Transformer", 2020.
"""

from __future__ import annotations

from typing import Literal, get_args

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, gelu, interpolate, scaled_dot_product_attention, silu

from lineart_lib.models.attention import SelfAttention

Split = Literal["features", "tokens"]


class NormBlock(nn.Module):
    """Two convolutions, each after a group norm, around a residual; a step may shift between [1]_.

    Parameters
    ----------
    inputs, outputs : int
        Channels, multiples of `groups`.
    groups : int
        Of the norms.
    condition : int
        Width of the vector that shifts the maps between the convolutions; 0 for none.
    """

    def __init__(self, inputs: int, outputs: int, groups: int, condition: int = 0) -> None:
        super().__init__()
        self.norm_in = nn.GroupNorm(groups, inputs)
        self.conv_in = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.shift = nn.Linear(condition, outputs) if condition else None
        self.norm_out = nn.GroupNorm(groups, outputs)
        self.conv_out = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """Map (B, inputs, H, W), and (B, condition) if there is one, to (B, outputs, H, W)."""
        inner = self.conv_in(silu(self.norm_in(x)))
        if self.shift is not None:
            inner = inner + self.shift(silu(condition))[:, :, None, None]
        return self.skip(x) + self.conv_out(silu(self.norm_out(inner)))


class Halve(nn.Conv2d):
    """A 3 × 3 convolution with stride 2."""

    def __init__(self, width: int) -> None:
        super().__init__(width, width, 3, 2, 1)


class Double(nn.Conv2d):
    """Each pixel four times, then a 3 × 3 convolution."""

    def __init__(self, width: int) -> None:
        super().__init__(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, H, W) to (B, width, 2 H, 2 W)."""
        return super().forward(interpolate(x, scale_factor=2.0, mode="nearest"))


class MapAttention(nn.Module):
    """Each place of a map looks at all others, and adds what it finds."""

    def __init__(self, width: int, heads: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, width)
        self.attention = SelfAttention(width, heads)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, H, W) to the same."""
        return x + _as_map(self.attention(_as_tokens(self.norm(x))), x)


class CrossAttention(nn.Module):
    """Tokens look at the tokens of a context ([2]_, [3]_).

    Parameters
    ----------
    width : int
        Numbers of a token and of a token of the context, a multiple of `heads`.
    heads : int
    split : {"features", "tokens"}
        How the product of context and weights, (B, keys, 2 width), is cut into keys and values.
        ``features`` is right: each token has a key and a value. ``tokens`` is what the author's
        public code does: the keys are made of the first half of the tokens, which for a picture is
        its upper half, the values of the other half. It needs an even number of tokens.
    causal : bool
        A token looks only at those before it, in the order of reading, as in one version of the
        public code. There is no reason for it in a picture.
    """

    def __init__(
        self, width: int, heads: int, split: Split = "features", *, causal: bool = False
    ) -> None:
        super().__init__()
        if heads < 1 or width % heads:
            raise ValueError(
                f"the width must be a multiple of the heads; got width {width}, {heads} heads"
            )
        if split not in get_args(Split):
            raise ValueError(f"split must be one of {get_args(Split)}; got {split!r}")
        self.heads, self.split, self.causal = heads, split, causal
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.leave = nn.Linear(width, width)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """Map (B, tokens, width) and a context (B, keys, width) to (B, tokens, width)."""
        both = self.key_value(context).chunk(2, dim=2 if self.split == "features" else 1)
        query, key, value = (
            part.reshape(len(x), -1, self.heads, x.shape[2] // self.heads).transpose(1, 2)
            for part in (self.query(x), *both)
        )  # each (B, heads, tokens or keys, width / heads)
        found = scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        return self.leave(found.transpose(1, 2).flatten(2))


class ContextTransformer(nn.Module):
    """Places of a map look at each other, then at a context, then think ([3]_).

    No place is told where it is: neither maps nor context carry positions, as in the public code.
    So a place finds its own spot in the context by what is there, not by where it is.

    Parameters
    ----------
    width : int
        Channels.
    context : int
        Channels of the context, which is pooled to the size of the map.
    heads, groups : int
        Of attention and norm.
    split, causal
        As in `CrossAttention`.
    """

    def __init__(
        self,
        width: int,
        context: int,
        heads: int,
        groups: int,
        split: Split = "features",
        *,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.told = nn.Conv2d(context, width, 1)
        self.norm = nn.GroupNorm(groups, width)
        self.enter = nn.Conv2d(width, width, 1)
        self.norm_self = nn.LayerNorm(width)
        self.look_self = CrossAttention(width, heads, split, causal=causal)
        self.norm_context = nn.LayerNorm(width)
        self.look_context = CrossAttention(width, heads, split, causal=causal)
        self.norm_think = nn.LayerNorm(width)
        self.think = nn.Linear(width, 8 * width)
        self.conclude = nn.Linear(4 * width, width)
        self.leave = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """Map (B, width, H, W) to the same, given a context (B, context, n H, n W)."""
        smaller = (context.shape[2] // x.shape[2], context.shape[3] // x.shape[3])
        told = _as_tokens(self.told(avg_pool2d(context, smaller)))
        tokens = _as_tokens(self.enter(self.norm(x)))
        look = self.norm_self(tokens)
        tokens = tokens + self.look_self(look, look)
        tokens = tokens + self.look_context(self.norm_context(tokens), told)
        values, gate = self.think(self.norm_think(tokens)).chunk(2, dim=2)
        tokens = tokens + self.conclude(values * gelu(gate))  # [4]_, equation 6
        return x + self.leave(_as_map(tokens, x))


def _as_tokens(x: Tensor) -> Tensor:
    return x.flatten(2).transpose(1, 2)  # (B, H W, channels)


def _as_map(tokens: Tensor, like: Tensor) -> Tensor:
    return tokens.transpose(1, 2).reshape(like.shape)
