"""Texts as vectors: the sentence encoder of the full tier, and its static student of the fast one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from poise.detection.stream import Stream
from poise.detection.units import texts_of

__all__ = ["Encoder", "SentenceEncoder", "StaticStudent", "sums_of", "unit_length"]

_PREFIX: Final = "query: "
"""What the encoder was trained to see before a text (Wang et al. 2024)."""
_MOST_PIECES: Final = 192
_MOST_CHARACTERS: Final = 2_000
_REMEMBERED: Final = 20_000  # vectors kept between batches: 15 MB


class Encoder(Protocol):
    """Gives ranges of words their vectors."""

    width: int

    def vectors(self, stream: Stream, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return one vector of length 1 for the words ``first`` to ``last`` of one turn: [n, width]."""
        ...


def unit_length(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors of length 1; those without any direction stay 0."""
    norm = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    return np.asarray(np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 0), np.float32)


def sums_of(table: NDArray[np.float32], rows: NDArray[np.integer], bounds: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return, for each run of ``rows`` between two bounds, the sum of these rows of a table: [runs, width].

    A sparse product: it adds whole rows at a time, ten times as fast as ``np.add.reduceat`` along the first axis.
    """
    from scipy.sparse import csr_array

    ones = np.ones(len(rows), np.float32)
    chosen = csr_array((ones, rows, bounds), shape=(len(bounds) - 1, len(table)))
    return np.asarray(chosen @ table, np.float32)


class SentenceEncoder:
    """A transformer in ONNX form (multilingual-e5-small, vocabulary cut, int8), loaded when it is first needed.

    Each distinct text is encoded once and by itself: the int8 model scales its activations by the whole batch, so that
    the vector of a text among others would depend on them, and results on how the work was cut.

    Parameters
    ----------
    model, tokenizer
        Files ``model_int8.onnx`` and ``tokenizer.json``.
    """

    width = 384

    def __init__(self, model: Path, tokenizer: Path) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._session: Any = None
        self._pieces: Any = None
        self._known: dict[str, NDArray[np.float16]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"_model": self._model, "_tokenizer": self._tokenizer}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["_model"], state["_tokenizer"])  # type: ignore[misc]

    def vectors(self, stream: Stream, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of what was said, as it was written."""
        return self.encode(texts_of(stream, first, last))

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Return the vectors of texts: [n, 384], each of length 1 to half precision."""
        known = self._known
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            fresh = dict(zip(new, self._encode(new), strict=True))
            out = np.array([fresh[text] if text in fresh else known[text] for text in texts], np.float32)
            known.update(fresh)
            # the oldest go first; dictionaries keep the order of entry
            for text in list(known)[: max(len(known) - _REMEMBERED, 0)]:
                del known[text]
            return out
        return np.array([known[text] for text in texts], np.float32).reshape(len(texts), self.width)

    def _encode(self, texts: list[str]) -> list[NDArray[np.float16]]:
        if self._session is None:
            self._load()
        # lone surrogates cannot be passed on; a question mark stands for each
        said = [_PREFIX + text[:_MOST_CHARACTERS].encode("utf-8", "replace").decode() for text in texts]
        out = []
        for pieces in self._pieces.encode_batch(said):
            ids = np.array([pieces.ids], np.int64)
            out.append(self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])
        return [vector.astype(np.float16) for vector in out]

    def _load(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self._pieces = Tokenizer.from_file(str(self._tokenizer))
        self._pieces.no_padding()
        self._pieces.enable_truncation(_MOST_PIECES)
        options = onnxruntime.SessionOptions()
        # one text at a time is too little work for two threads; processes share the processors
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(self._model), sess_options=options, providers=["CPUExecutionProvider"]
        )


class StaticStudent:
    """One vector for each piece of a word, trained to imitate the encoder; a text is the sum of its words.

    A word's vector is worked out once and kept as long as the vocabulary keeps the word, so that a batch costs one
    gather and one sum. Words are those of the stream: folded, without fillers, repetitions and marks.

    Parameters
    ----------
    pieces
        int8 [P, width], one row for each piece of the tokenizer.
    scale
        float32 [P]: what a row is multiplied with.
    tokenizer
        File ``tokenizer.json``.
    """

    def __init__(self, pieces: NDArray[np.int8], scale: NDArray[np.float32], tokenizer: Path) -> None:
        self.width = pieces.shape[1]
        self._pieces = pieces
        self._scale = scale
        self._file = tokenizer
        self._tokenizer: Any = None
        self._era: object = None
        self._words = np.zeros((1, self.width), np.float32)
        self._count = 1  # rows of words that are worked out; the rest is room

    def __getstate__(self) -> dict[str, Any]:
        return {"pieces": self._pieces, "scale": self._scale, "tokenizer": self._file}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def vectors(self, stream: Stream, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of ranges of words."""
        self._learn(stream)
        if not len(first):
            return np.zeros((0, self.width), np.float32)
        sizes = last - first + 1
        bounds = np.concatenate([[0], np.cumsum(sizes)])
        at = np.repeat(first - bounds[:-1], sizes) + np.arange(bounds[-1])
        return unit_length(sums_of(self._words, stream.word[at], bounds))

    def _learn(self, stream: Stream) -> None:
        """Work out the vectors of words that the vocabulary has met since."""
        words = stream.vocabulary.words
        if self._era is not words:  # the vocabulary started afresh
            self._era, self._count = words, 1
        new = words[self._count :]
        if not new:
            return
        ids = self.pieces_of(new)
        sizes = np.array([len(i) for i in ids])
        flat = np.concatenate([np.asarray(i, np.int64) for i in ids])
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        rows = self._pieces[flat].astype(np.float32) * self._scale[flat, None]
        after = self._count + len(new)
        if after > len(self._words):
            room = np.zeros((2 * after, self.width), np.float32)
            room[: self._count] = self._words[: self._count]
            self._words = room
        self._words[self._count : after] = np.add.reduceat(rows, starts, axis=0)
        self._count = after

    def spelled(self) -> list[str]:
        """Return every piece of the tokenizer as it is written, by number."""
        self._open()
        count = self._tokenizer.get_vocab_size()
        return [self._tokenizer.id_to_token(i).replace("▁", " ").strip() for i in range(count)]

    def _open(self) -> None:
        if self._tokenizer is None:
            from tokenizers import Tokenizer

            self._tokenizer = Tokenizer.from_file(str(self._file))
            self._tokenizer.no_padding()
            self._tokenizer.no_truncation()

    def pieces_of(self, words: list[str]) -> list[list[int]]:
        """Return the pieces of each word, at least one."""
        self._open()
        said = [word[:_MOST_PIECES].encode("utf-8", "replace").decode() for word in words]
        return [one.ids or [0] for one in self._tokenizer.encode_batch(said, add_special_tokens=False)]
