"""Repeatable noise: the same key and index always give the same number, in any order and any batch."""

import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def text_key(seed: int, text: str) -> int:
    """Return a 64-bit key of a seed and a name, the same on every machine."""
    low = zlib.crc32(f"{seed}:{text}".encode())
    high = zlib.crc32(f"{text}/{seed}".encode())
    return high << 32 | low


def mixed(keys: Keys, index: npt.NDArray[Any]) -> Keys:
    """Return 64 well-mixed bits per element (the finaliser of SplitMix64 over key + index)."""
    bits = keys + (index.astype(np.uint64) + np.uint64(1)) * _GOLDEN
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return np.asarray(bits ^ (bits >> np.uint64(31)), dtype=np.uint64)


def uniforms(bits: Keys) -> Floats:
    """Return numbers in [0, 1) from mixed bits."""
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normals(bits: Keys) -> Floats:
    """Return nearly standard normal numbers within ±3.47: the sum of the four 16-bit parts of the mixed bits."""
    low = np.uint64(0xFFFF)
    total = (bits & low) + (bits >> np.uint64(16) & low) + (bits >> np.uint64(32) & low) + (bits >> np.uint64(48))
    return np.asarray((total.astype(np.float64) / 65535.0 - 2.0) * 1.7320508075688772, dtype=np.float64)
