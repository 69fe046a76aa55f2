"""Attention: each token takes a weighted mean of what the others offer (chapter "Attention").

Three things are here: the formula (`attend`), the layer with several heads (`SelfAttention`), and
the block that networks are stacked from (`Block`). ViT and GPT both use them as they are.

References
----------
.. [1] Vaswani et al., "Attention Is All You Need", 2017.
.. [2] Radford et al., "Language Models are Unsupervised Multitask Learners", 2019 (the norm goes
   before each branch, so that the sum itself is never normalised).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


def attend(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Compute softmax(Q Kᵀ / √d) V, as it is written ([1]_, equation 1).

    Parameters
    ----------
    query : Tensor
        (..., queries, d): what each token looks for.
    key : Tensor
        (..., keys, d): what each token is found by.
    value : Tensor
        (..., keys, e): what each token hands over.
    mask : Tensor, optional
        bool, broadcast to (..., queries, keys): True where a query may look. Default: everywhere.

    Returns
    -------
    output : Tensor
        (..., queries, e): for each query the weighted mean of the values.
    weights : Tensor
        (..., queries, keys): each row is positive and sums to 1; a hidden key has weight 0.

    Raises
    ------
    ValueError
        The mask is not bool, or a query may look at nothing.
    """
    _check_mask(mask)
    scores = query @ key.mT / math.sqrt(query.shape[-1])  # (..., queries, keys)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(dim=-1)
    return weights @ value, weights


def causal_mask(queries: int, keys: int) -> Tensor:
    """Let the last queries of a text look at themselves and back, never ahead.

    Parameters
    ----------
    queries, keys : int
        The queries are the last ones of the keys' tokens; 1 ≤ queries ≤ keys.

    Returns
    -------
    Tensor
        bool (queries, keys): True where the key is not later than the query.

    Raises
    ------
    ValueError
        No query, or more queries than keys.
    """
    if not 1 <= queries <= keys:
        raise ValueError(f"expected 1 ≤ queries ≤ keys; got {queries} queries and {keys} keys")
    return torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)


def padding_mask(lengths: Tensor, tokens: int) -> Tensor:
    """Hide the padding that makes the texts of a batch equally long.

    Parameters
    ----------
    lengths : Tensor
        int64 (batch,): how many tokens of each row are real, in [1, tokens].
    tokens : int
        Tokens of a row with its padding, which stands at the end.

    Returns
    -------
    Tensor
        bool (batch, 1, 1, tokens): True for the real tokens; it fits scores
        (batch, heads, queries, tokens).

    Raises
    ------
    ValueError
        A length is outside [1, tokens].
    """
    if bool(((lengths < 1) | (lengths > tokens)).any()):
        raise ValueError(f"lengths must lie in [1, {tokens}]; got {lengths.tolist()}")
    return (torch.arange(tokens, device=lengths.device) < lengths[:, None])[:, None, None, :]


class Memory:
    """Keys and values of the tokens that a layer has read: a text that grows is read only once."""

    def __init__(self) -> None:
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    def __len__(self) -> int:
        return 0 if self.keys is None else self.keys.shape[-2]

    def extend(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Append (batch, heads, tokens, d) to both; return all there is now."""
        if self.keys is not None and self.values is not None:
            keys = torch.cat([self.keys, keys], dim=-2)
            values = torch.cat([self.values, values], dim=-2)
        self.keys, self.values = keys, values
        return keys, values


class SelfAttention(nn.Module):
    """Multi-head self-attention: several small attentions side by side ([1]_, section 3.2.2).

    Parameters
    ----------
    width : int
        Numbers of a token, a multiple of `heads`.
    heads : int
        Attentions side by side, each of width / heads numbers.
    generator : torch.Generator, optional
        Draws the first weights, uniform after Glorot for each of Q, K, V and the output; biases
        are 0. Without one, torch's global generator is used.

    Raises
    ------
    ValueError
        The heads do not divide the width.
    """

    def __init__(self, width: int, heads: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        if heads < 1 or width < heads or width % heads:
            raise ValueError(
                f"the width must be a multiple of the heads; got width {width}, {heads} heads"
            )
        self.heads = heads
        self.enter = nn.Linear(width, 3 * width)  # Q, K and V in one product, in this order.
        self.leave = nn.Linear(width, width)
        for weight in (*self.enter.weight.detach().split(width), self.leave.weight):
            nn.init.xavier_uniform_(weight, generator=generator)
        nn.init.zeros_(self.enter.bias)
        nn.init.zeros_(self.leave.bias)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        *,
        causal: bool = False,
        memory: Memory | None = None,
    ) -> Tensor:
        """Let each token read the others.

        Parameters
        ----------
        x : Tensor
            (batch, tokens, width).
        mask : Tensor, optional
            bool, broadcast to (batch, heads, tokens, keys): True where a token may look. (A mask
            of `torch.nn.MultiheadAttention` says the opposite: True hides.)
        causal : bool
            Nobody looks ahead; joined to `mask` by "and".
        memory : Memory, optional
            What this layer has read before `x`. Its tokens are keys too, and `x` is added to it.

        Returns
        -------
        Tensor
            (batch, tokens, width).

        Raises
        ------
        ValueError
            The mask is not bool, or a token may look at nothing.
        """
        query, key, value = self._project(x)  # each (batch, heads, tokens, d)
        if memory is not None:
            key, value = memory.extend(key, value)
        allowed = _allowed(query, key, mask, causal)
        _check_mask(allowed)
        mixed = scaled_dot_product_attention(query, key, value, allowed)  # `attend`, fused
        return self.leave(mixed.transpose(1, 2).flatten(2))

    def weights(self, x: Tensor, mask: Tensor | None = None, *, causal: bool = False) -> Tensor:
        """Say who looks at whom; the arguments are those of `forward`.

        Returns
        -------
        Tensor
            (batch, heads, tokens, tokens): row = who looks, column = at whom; rows sum to 1.
        """
        query, key, value = self._project(x)
        return attend(query, key, value, _allowed(query, key, mask, causal))[1]

    def _project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Make queries, keys and values and part them into heads."""
        batch, tokens, _ = x.shape
        parts = self.enter(x).view(batch, tokens, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each (batch, heads, tokens, d)
        return query, key, value


class Block(nn.Module):
    """A transformer block: tokens talk, then each thinks for itself; both are added to what was.

    Parameters
    ----------
    width, heads : int
        Of the attention.
    hidden : int, optional
        Units of the MLP that each token passes; four times the width by default ([1]_).
    dropout : float
        Share of each branch's output that is dropped in training, in [0, 1). The draws come from
        torch's global generator: its dropout knows no other.
    generator : torch.Generator, optional
        Draws the first weights, uniform after Glorot; biases are 0. Without one, torch's global
        generator is used.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        hidden: int | None = None,
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        hidden = 4 * width if hidden is None else hidden
        self.norm_attention = nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads, generator)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.dropout = nn.Dropout(dropout)
        for layer in (self.mlp[0], self.mlp[2]):
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        *,
        causal: bool = False,
        memory: Memory | None = None,
    ) -> Tensor:
        """Map (batch, tokens, width) to the same; the arguments are those of `SelfAttention`."""
        read = self.attention(self.norm_attention(x), mask, causal=causal, memory=memory)
        x = x + self.dropout(read)
        return x + self.dropout(self.mlp(self.norm_mlp(x)))

    def weights(self, x: Tensor, mask: Tensor | None = None, *, causal: bool = False) -> Tensor:
        """Say who looks at whom in this block: (batch, heads, tokens, tokens)."""
        return self.attention.weights(self.norm_attention(x), mask, causal=causal)


def _allowed(query: Tensor, key: Tensor, mask: Tensor | None, causal: bool) -> Tensor | None:
    """Join both masks; None where every key may be seen."""
    queries, keys = query.shape[-2], key.shape[-2]
    if not causal or queries == 1:  # The one last token comes after all others.
        return mask
    back = causal_mask(queries, keys).to(query.device)
    return back if mask is None else back & mask


def _check_mask(mask: Tensor | None) -> None:
    """Refuse a mask whose softmax would be 0 / 0."""
    if mask is None:
        return
    if mask.dtype != torch.bool:
        raise ValueError(
            f"a mask must be bool, True where a query may look; got {mask.dtype}: compare it first"
        )
    if not bool(mask.any(dim=-1).all()):
        raise ValueError("the mask hides every key from some query: let it see at least itself")
