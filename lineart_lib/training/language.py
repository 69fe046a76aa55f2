"""Train a GPT on text, and measure any model of text in bits per character."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from lineart_lib.recipe.markdown import ALPHABET

if TYPE_CHECKING:
    from lineart_lib.models.gpt import GPT

_PLACE = {sign: place for place, sign in enumerate(ALPHABET)}


@dataclass(frozen=True)
class Check:
    """What a look at the training found."""

    step: int
    """Updates done."""
    train_bits: float
    """Bits per character of the batches since the last look, each before its update."""
    validation_bits: float
    """Bits per character of the validation blocks."""


def encode(text: str) -> Tensor:
    """Turn a text into places in `ALPHABET`: int64 (len(text),)."""
    return torch.tensor([_PLACE[sign] for sign in text], dtype=torch.int64)


def decode(ids: Tensor) -> str:
    """Turn places back into a text: the inverse of `encode`."""
    return "".join(ALPHABET[place] for place in ids.tolist())


@torch.inference_mode()
def bits(model: GPT, text: str) -> NDArray[np.float64]:
    """Return the surprise at each sign of a text, which starts as after a line break.

    A text longer than the window is read in windows that overlap by half: but for the first
    window, every sign is guessed from at least half a window before it.

    Parameters
    ----------
    model : GPT
        Over `ALPHABET`. It is set to evaluation mode.
    text : str
        At least one sign.

    Returns
    -------
    ndarray
        (len(text),): ``-log2`` of the probability of each sign given those before it.
    """
    model.eval()
    ids = encode("\n" + text)
    read, asked = ids[:-1], ids[1:]
    half = model.tokens // 2
    found = []
    if len(text) > model.tokens:
        step = model.tokens - half
        whole = _surprise(
            model, read.unfold(0, model.tokens, step), asked.unfold(0, model.tokens, step)
        )  # (windows, tokens)
        found += [whole[0], whole[1:, half:].flatten()]
    done = sum(map(len, found))
    if done < len(text):
        begin = max(0, done - half)
        found.append(_surprise(model, read[None, begin:], asked[None, begin:])[0, done - begin :])
    return (torch.cat(found) / math.log(2)).numpy()


def fit(
    model: GPT,
    train: Sequence[str],
    validation: Sequence[str],
    *,
    steps: int,
    batch_size: int,
    learning_rate: float,
    weight_decay: float,
    generator: torch.Generator,
    checks: int = 10,
) -> list[Check]:
    """Train on random windows with AdamW; keep the weights of the best look at validation.

    The rate rises over the first tenth of the steps and falls to a tenth along a cosine.

    Parameters
    ----------
    model : GPT
        Over `ALPHABET`. Changed in place.
    train, validation : sequence of str
        Blocks of text.
    steps : int
        Updates, at least 1.
    batch_size : int
        Windows in an update.
    learning_rate : float
        The highest.
    weight_decay : float
        Of the matrices; vectors are not decayed.
    generator : torch.Generator
        Draws the windows, and the seed of dropout: that draws from torch's global generator, whose
        state is put back at the end.
    checks : int
        Looks at the validation blocks, the last one after the last step.

    Returns
    -------
    list of Check

    Raises
    ------
    ValueError
        No step, no look, or less training text than a window.
    """
    ids = encode("\n" + "".join(train))
    if steps < 1 or checks < 1 or len(ids) <= model.tokens:
        raise ValueError(
            f"need steps >= 1, checks >= 1 and more than {model.tokens} signs; "
            f"got {steps}, {checks} and {len(ids)}"
        )
    matrices = [weight for weight in model.parameters() if weight.ndim > 1]
    vectors = [weight for weight in model.parameters() if weight.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors}],
        lr=learning_rate,
        betas=(0.9, 0.99),
        weight_decay=0.0,
        fused=True,
    )
    warm = max(1, steps // 10)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: _rate(k, warm, steps))
    looks = {round(steps * (number + 1) / checks) for number in range(checks)}
    history: list[Check] = []
    best, best_weights, losses = math.inf, copy.deepcopy(model.state_dict()), []
    reach = torch.arange(model.tokens + 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (), generator=generator)))
        for step in range(1, steps + 1):
            model.train()
            starts = torch.randint(len(ids) - model.tokens, (batch_size, 1), generator=generator)
            windows = ids[starts + reach]  # (batch, tokens + 1)
            logits = model(windows[:, :-1])
            loss = cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            losses.append(loss.item() / math.log(2))
            if step in looks:
                found = float(np.concatenate([bits(model, block) for block in validation]).mean())
                history.append(Check(step, float(np.mean(losses)), found))
                losses = []
                if found < best:
                    best, best_weights = found, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_weights)
    model.eval()
    return history


def _surprise(model: GPT, read: Tensor, asked: Tensor) -> Tensor:
    """Compute minus the log-probability, in nats, of signs (windows, n) after those read."""
    logits = model(read).double().mT  # (windows, symbols, n)
    return cross_entropy(logits, asked, reduction="none")


def _rate(step: int, warm: int, steps: int) -> float:
    if step < warm:
        return (step + 1) / warm
    return 0.55 + 0.45 * math.cos(math.pi * (step - warm) / max(1, steps - warm))
