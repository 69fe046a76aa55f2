"""n-grams: the next sign from the few before it, by counting (chapter "Large language models").

References
----------
.. [1] Shannon, "A Mathematical Theory of Communication", 1948, section 3.
.. [2] Witten, Bell, "The Zero-Frequency Problem: Estimating the Probabilities of Novel Events in
   Adaptive Text Compression", 1991, method C.
.. [3] Chen, Goodman, "An Empirical Study of Smoothing Techniques for Language Modeling", 1999,
   section 2.5: the same, interpolated.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class NGram:
    """Count what followed each history of up to ``order - 1`` signs; mix the lengths.

    After a history h that was seen N times, followed by D different signs, the estimate is
    ``(count(h, sign) + D · shorter(sign)) / (N + D)``: the more often something new came after h,
    the more the estimate of the next shorter history counts ([2]_, [3]_). The shortest estimate
    is uniform, so that no sign has probability 0.

    Parameters
    ----------
    order : int
        Length of the longest run that is counted: 0 is uniform, 1 counts single signs.
    alphabet : str
        All signs, each once.

    Raises
    ------
    ValueError
        The order is negative, or a sign stands in the alphabet twice.
    """

    def __init__(self, order: int, alphabet: str) -> None:
        if order < 0 or not alphabet or len(set(alphabet)) < len(alphabet):
            raise ValueError(
                "expected an order of at least 0 and an alphabet without doubles; "
                f"got order {order} and {alphabet!r}"
            )
        self.order = order
        self.alphabet = alphabet
        self._place = {sign: place for place, sign in enumerate(alphabet)}
        self._followers: list[defaultdict[str, Counter[str]]] = [
            defaultdict(Counter) for _ in range(order)
        ]

    def fit(self, texts: Iterable[str]) -> NGram:
        """Count the signs of some texts; each starts as after a line break. Returns itself."""
        for text in texts:
            started = "\n" + text
            for end in range(1, len(started)):
                for length in range(min(self.order, end + 1)):
                    self._followers[length][started[end - length : end]][started[end]] += 1
        return self

    def entries(self) -> int:
        """Return how many different runs were counted: the size of the model."""
        return sum(len(counts) for level in self._followers for counts in level.values())

    def probabilities(self, history: str) -> NDArray[np.float64]:
        """Return the estimate of the next sign.

        Parameters
        ----------
        history : str
            What came before; only its last ``order - 1`` signs matter.

        Returns
        -------
        ndarray
            (signs,), all above 0, with sum 1.
        """
        found = np.full(len(self.alphabet), 1 / len(self.alphabet))
        for counts in self._seen(history):
            found *= len(counts)
            for sign, count in counts.items():
                found[self._place[sign]] += count
            found /= counts.total() + len(counts)
        return found

    def probability(self, history: str, sign: str) -> float:
        """Return the estimate of one sign: that entry of `probabilities`, without the others."""
        found = 1 / len(self.alphabet)
        for counts in self._seen(history):
            found = (counts[sign] + len(counts) * found) / (counts.total() + len(counts))
        return found

    def bits(self, text: str) -> NDArray[np.float64]:
        """Return the surprise at each sign of a text, which starts as after a line break.

        Returns
        -------
        ndarray
            (len(text),): ``-log2`` of the probability of each sign given those before it.
        """
        started, reach = "\n" + text, max(0, self.order - 1)
        chances = [
            self.probability(started[max(0, end - reach) : end], started[end])
            for end in range(1, len(started))
        ]
        return -np.log2(chances)

    def write(self, count: int, rng: np.random.Generator, start: str = "\n") -> str:
        """Go on with a text, sign by sign, each drawn from its estimate.

        Parameters
        ----------
        count : int
            Signs to write.
        rng : numpy.random.Generator
            Draws them.
        start : str
            What came before.

        Returns
        -------
        str
            The `count` new signs.
        """
        text = start
        for _ in range(count):
            # The sum of many shares rounds; NumPy wants 1 within about 1e-8, which holds.
            text += self.alphabet[rng.choice(len(self.alphabet), p=self.probabilities(text))]
        return text[len(start) :]

    def _seen(self, history: str) -> list[Counter[str]]:
        """Find the followers of ever longer endings of the history, while there are any."""
        found = []
        for length, level in enumerate(self._followers[: len(history) + 1]):
            counts = level.get(history[len(history) - length :])
            if counts is None:
                break
            found.append(counts)
        return found
