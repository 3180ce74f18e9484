"""Trained weights: the files that ship, read when a run needs them, and written by ``poise train``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final, get_args

import msgspec
import numpy as np

from poise.detection.detector import Detector
from poise.detection.encoding import Encoder, SentenceEncoder, StaticStudent
from poise.detection.heads import Head, HeadInfo, Tier, Trained

__all__ = [
    "TIERS",
    "TOKENIZER",
    "WEIGHTS",
    "WeightsError",
    "armed",
    "encoder_of",
    "fold_file",
    "head_file",
    "read_head",
    "sentence_encoder",
    "static_student",
    "trained",
    "weights_version",
    "write_head",
]

TIERS: Final[tuple[Tier, ...]] = get_args(Tier)
WEIGHTS: Final = Path(str(files("poise"))) / "weights"
"""The folder of the weights that ship."""
TOKENIZER: Final = ("encoder", "tokenizer.json")
_CALIBRATION: Final = "calibration"  # intercept, slope, offset


class WeightsError(ValueError):
    """A file of weights cannot be used; the message names it."""


def head_file(folder: Path, name: str, tier: Tier) -> Path:
    """Return where a head's weights stand below a folder of weights."""
    return folder / "heads" / f"{name}.{tier}.safetensors"


def fold_file(folder: Path, name: str, fold: int, tier: Tier) -> Path:
    """Return where the weights of the head stand that was trained without one fold."""
    return folder / "folds" / f"{name}.{fold}.{tier}.safetensors"


def write_head(path: Path, head: Head) -> None:
    """Write a head's weights and what the file says of itself."""
    from safetensors.numpy import save

    tensors = {name: np.ascontiguousarray(array) for name, array in head.weights.items()}
    tensors[_CALIBRATION] = np.array([head.intercept, head.slope, head.offset], np.float64)
    said = msgspec.json.encode(head.info, order="deterministic").decode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(save(tensors, metadata={"head": said}))


def read_head(path: Path) -> Head:
    """Read one head.

    Raises
    ------
    WeightsError
        Where the file is no head, or its arrays do not fit what it says of itself.
    FileNotFoundError
        Where there is none.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file of weights")
    try:
        with safe_open(path, framework="numpy") as file:
            said = (file.metadata() or {}).get("head", "")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        info = msgspec.json.decode(said, type=HeadInfo)
        intercept, slope, offset = arrays.pop(_CALIBRATION).tolist()
    except (SafetensorError, msgspec.MsgspecError, KeyError, ValueError) as error:
        raise WeightsError(f"{path}: is not the weights of a head: {error}") from None
    blocks = info.blocks
    shapes = {"ngrams": 1 << blocks.ngrams if blocks.ngrams else 0, "named": len(blocks.names()), **dict(blocks.wide())}
    wanted = {name: size for name, size in shapes.items() if size}
    if blocks.vector:
        wanted["vector"] = arrays["vector"].size if "vector" in arrays else -1
    found = {name: array.size for name, array in arrays.items()}
    if found != wanted:
        raise WeightsError(f"{path}: has weights {found}, but says that it has {wanted}")
    return Head(info, arrays, intercept, slope, offset)


def encoder_of(tier: Tier) -> Encoder:
    """Return the encoder whose vectors the heads of a tier see; one for each process.

    Raises
    ------
    WeightsError
        Where its files are not there.
    """
    return sentence_encoder() if tier == "full" else static_student()


@lru_cache(maxsize=1)
def sentence_encoder() -> SentenceEncoder:
    """Return the encoder of the full tier.

    Raises
    ------
    WeightsError
        Where its files are not there.
    """
    return SentenceEncoder(_there("encoder", "model_int8.onnx"), _there(*TOKENIZER))


@lru_cache(maxsize=2)
def static_student(folder: Path = WEIGHTS) -> StaticStudent:
    """Return the student of the fast tier, the one that ships unless another folder of weights is given.

    Raises
    ------
    WeightsError
        Where its files are not there.
    """
    from safetensors.numpy import load_file

    arrays = load_file(_there("student", "student.safetensors", folder=folder))
    return StaticStudent(arrays["pieces"], arrays["scale"], _there(*TOKENIZER))


def _there(*parts: str, folder: Path = WEIGHTS) -> Path:
    path = folder.joinpath(*parts)
    if not path.is_file():
        raise WeightsError(f"{path}: is missing; install the package whole")
    return path


@cache
def weights_version(folder: Path = WEIGHTS) -> str:
    """Return a hash (12 hex digits) of all weights: encoder, student, heads and those that only measuring uses."""
    said = hashlib.sha256()
    for path in sorted((*folder.rglob("*.safetensors"), *folder.rglob("*.onnx"), *folder.rglob("*.json"))):
        said.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        with path.open("rb") as file:
            said.update(hashlib.file_digest(file, "sha256").digest())
    return said.hexdigest()[:12]


def armed(detector: Detector, tier: Tier) -> Detector:
    """Return the detector with the heads of a tier that its knowledge names.

    Raises
    ------
    WeightsError
        For a file that cannot be used, or a tier that does not exist.
    """
    if tier not in TIERS:
        raise WeightsError(f"there is no tier {tier!r}; there are {' and '.join(TIERS)}")
    return detector.with_heads(tier, trained(tier, detector.heads))


def trained(tier: Tier, names: Iterable[str], folder: Path = WEIGHTS) -> Trained | None:
    """Return the heads of a tier that are among ``names``, with their encoder; None where there is none.

    Raises
    ------
    WeightsError
        For a file that cannot be used.
    """
    paths = {name: head_file(folder, name, tier) for name in sorted(set(names))}
    heads = {name: read_head(path) for name, path in paths.items() if path.is_file()}
    return Trained(tier, encoder_of(tier), heads) if heads else None
