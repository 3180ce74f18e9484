"""The encoder's vectors of training texts, kept between runs: encoding them is nearly all of the work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from poise.detection.encoding import SentenceEncoder
from poise.detection.stream import Stream
from poise.detection.units import texts_of

__all__ = ["KeptVectors"]


class KeptVectors:
    """The sentence encoder with a memory on disk.

    Parameters
    ----------
    encoder
        What encodes texts that are new.
    folder
        Holds pairs of ``NAME.json`` (a list of texts) and ``NAME.npy`` (their vectors, float16); None keeps nothing.
    """

    def __init__(self, encoder: SentenceEncoder, folder: Path | None) -> None:
        self.width = encoder.width
        self._encoder = encoder
        self._folder = folder
        self._place: dict[str, tuple[NDArray[np.float16], int]] = {}
        self._new: dict[str, NDArray[np.float16]] = {}
        for listed in sorted(folder.glob("*.json")) if folder is not None else []:
            vectors = np.load(listed.with_suffix(".npy"), mmap_mode="r")
            for i, text in enumerate(json.loads(listed.read_text(encoding="utf-8"))):
                self._place[text] = (vectors, i)

    def vectors(self, stream: Stream, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of what was said: [n, 384]."""
        return self.encode(texts_of(stream, first, last))

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Return the vectors of texts: [n, 384]."""
        new = [text for text in dict.fromkeys(texts) if text not in self._place and text not in self._new]
        if new:
            self._new.update(zip(new, self._encoder.encode(new).astype(np.float16), strict=True))
        out = np.zeros((len(texts), self.width), np.float32)
        for i, text in enumerate(texts):
            if text in self._new:
                out[i] = self._new[text]
            else:
                vectors, at = self._place[text]
                out[i] = vectors[at]
        return out

    def keep(self) -> None:
        """Write what was new since the last time as one more pair of files."""
        if self._folder is None or not self._new:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        texts = sorted(self._new)
        place = self._folder / f"added-{len(self._place):09d}"
        np.save(place.with_suffix(".npy"), np.stack([self._new[text] for text in texts]))
        place.with_suffix(".json").write_text(json.dumps(texts), encoding="utf-8")
