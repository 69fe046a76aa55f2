"""GPT: blocks that may only look back guess the next sign (chapter "Large language models").

References
----------
.. [1] Radford et al., "Improving Language Understanding by Generative Pre-Training", 2018.
.. [2] Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, section 2.3.
.. [3] Fan, Lewis, Dauphin, "Hierarchical Neural Story Generation", 2018, section 5.4 (top-k).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lineart_lib.models.attention import Block, Memory
from lineart_lib.models.positions import LearnedPositions, sinusoidal_positions


class GPT(nn.Module):
    """Embed signs, add positions, pass causal blocks, and score every sign as the next one.

    Parameters
    ----------
    symbols : int
        Signs of the alphabet.
    tokens : int
        The window: the most signs that it reads at once.
    width, heads : int
        Of the blocks.
    layers : int
        Blocks, at least one.
    dropout : float
        Share that is dropped in training, after the embedding and in each branch, in [0, 1).
    generator : torch.Generator, optional
        Draws the first weights.

    Notes
    -----
    Embeddings start with deviation 1, and the learned positions as the sinusoids. Both must be
    heard beside what the blocks add, whose first weights are Glorot's and not small as in [2]_.
    The first scores are nearly 0: the untrained model is nearly uniform.

    Raises
    ------
    ValueError
        There is no block, or the heads do not divide the width.
    """

    def __init__(
        self,
        symbols: int,
        tokens: int = 128,
        width: int = 96,
        heads: int = 4,
        layers: int = 3,
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if layers < 1:
            raise ValueError(f"there must be at least one block; got {layers}")
        self.tokens = tokens
        self.embed = nn.Embedding(symbols, width)
        nn.init.normal_(self.embed.weight, generator=generator)
        self.positions = LearnedPositions(tokens, width, generator)
        self.positions.vectors.data.add_(sinusoidal_positions(tokens, width))
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            Block(width, heads, dropout=dropout, generator=generator) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, symbols, bias=False)
        nn.init.normal_(self.head.weight, std=0.02, generator=generator)

    def memories(self) -> list[Memory]:
        """Return an empty memory for each block: hand them to `forward`, piece by piece."""
        return [Memory() for _ in self.blocks]

    def forward(self, ids: Tensor, memories: list[Memory] | None = None) -> Tensor:
        """Score the sign after each sign.

        Parameters
        ----------
        ids : Tensor
            int64 (batch, n): places in the alphabet.
        memories : list of Memory, optional
            What was read before `ids`; it grows by `ids`. Together at most `tokens` signs.

        Returns
        -------
        Tensor
            (batch, n, symbols): logits; those at place t depend on signs up to t alone.

        Raises
        ------
        ValueError
            The window is too short.
        """
        start = len(memories[0]) if memories else 0
        x = self.dropout(self.positions(self.embed(ids), start))
        for number, block in enumerate(self.blocks):
            x = block(x, causal=True, memory=memories[number] if memories else None)
        return self.head(self.norm(x))

    def attention_maps(self, ids: Tensor) -> Tensor:
        """Say who looks back at whom, in each block; the model should be in evaluation mode.

        Returns
        -------
        Tensor
            (batch, layers, heads, n, n): row = who looks, column = at whom; 0 above the diagonal.
        """
        x = self.positions(self.embed(ids))
        maps = []
        for block in self.blocks:
            maps.append(block.weights(x, causal=True))
            x = block(x, causal=True)
        return torch.stack(maps, dim=1)


def chances(logits: Tensor, temperature: float = 1.0, top_k: int | None = None) -> Tensor:
    """Turn logits into the probabilities that a sample is drawn from.

    Parameters
    ----------
    logits : Tensor
        (…, symbols).
    temperature : float
        Above 0. Logits are divided by it: below 1 the likely become likelier, above 1 less so.
    top_k : int, optional
        Only that many of the likeliest may be drawn ([3]_); by default all.

    Returns
    -------
    Tensor
        (…, symbols), rows sum to 1.

    Raises
    ------
    ValueError
        The temperature is not above 0, or `top_k` is outside [1, symbols].
    """
    if not temperature > 0:
        raise ValueError(f"the temperature must be above 0; got {temperature}")
    if top_k is not None:
        if not 1 <= top_k <= logits.shape[-1]:
            raise ValueError(f"top_k must lie in [1, {logits.shape[-1]}]; got {top_k}")
        kept = logits.topk(top_k, dim=-1)
        logits = torch.full_like(logits, -torch.inf).scatter(-1, kept.indices, kept.values)
    return (logits / temperature).softmax(dim=-1)


@torch.inference_mode()
def write(
    model: GPT,
    start: Tensor,
    count: int,
    generator: torch.Generator,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    remember: bool = True,
) -> tuple[Tensor, Tensor]:
    """Go on with a text, sign by sign.

    When the window is full, the model goes on from the later half of it, read anew.

    Parameters
    ----------
    model : GPT
        In evaluation mode.
    start : Tensor
        int64 (batch, n), n at least 1 and at most the window.
    count : int
        Signs to write.
    generator : torch.Generator
        Draws them.
    temperature, top_k
        Of `chances`.
    remember : bool
        Keep keys and values of what was read. Without it, the window is read again for each sign:
        the same text, slower.

    Returns
    -------
    written : Tensor
        int64 (batch, count): the new signs.
    scores : Tensor
        (batch, count, symbols): the logits each of them was drawn from.
    """
    window, unread, memories = start, start, model.memories()
    written, scores = [], []
    for _ in range(count):
        if window.shape[1] > model.tokens:
            window = unread = window[:, -(model.tokens // 2) :]
            memories = model.memories()
        logits = (model(unread, memories) if remember else model(window))[:, -1]
        drawn = torch.multinomial(chances(logits, temperature, top_k), 1, generator=generator)
        window, unread = torch.cat([window, drawn], dim=1), drawn
        written.append(drawn)
        scores.append(logits)
    return torch.cat(written, dim=1), torch.stack(scores, dim=1)
