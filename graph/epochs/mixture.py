"""Two kinds of pairs, told apart without labels: a mixture of two Gaussians with one covariance.

With a shared covariance the log-odds are linear in the comparison vector (Fisher's discriminant), which is
what lets an epoch hold them as one integer weight a feature, and keeps a small class from collapsing, as
covariances of their own do. A ridge holds collinear features (a whole text, its main attribute) together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

_RIDGE = 0.1


@dataclass(frozen=True, slots=True)
class Scaled:
    """Comparison vectors at mean 0 and deviation 1; what was missing is at the mean: no evidence."""

    values: Vector  # (pairs, features)
    mean: Vector
    deviation: Vector


def scaled(vectors: Vector, neutral: Vector) -> Scaled:
    """``vectors``: (pairs, features), NaN where a feature is missing. ``neutral``: by feature, a value that
    is no evidence and takes the mean's place; NaN where there is none such."""
    known = ~np.isnan(vectors)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(np.isnan(neutral), np.where(known, vectors, 0.0).sum(axis=0) / count, neutral)
    centred = np.where(known, vectors - mean, 0.0)
    deviation = np.maximum(centred.std(axis=0), 1e-9)
    return Scaled(np.where(deviation > 1e-6, centred / deviation, 0.0), mean, deviation)


def discriminant(z: Vector, p: Vector) -> tuple[Vector, float]:
    """(weights, bias): log-likelihood ratio ``z @ weights + bias`` of a pair, given each pair's probability
    ``p`` of being a match. O(pairs x features^2)."""
    q = 1 - p
    yes, no = p @ z / max(p.sum(), 1e-9), q @ z / max(q.sum(), 1e-9)
    spread = ((z - yes).T * p) @ (z - yes) + ((z - no).T * q) @ (z - no)
    covariance = spread / len(z) + _RIDGE * np.eye(z.shape[1])
    weights = np.linalg.solve(covariance, yes - no)
    return weights, float(-0.5 * (yes + no) @ weights)


def sigmoid(x: Vector) -> Vector:
    result: Vector = 1 / (1 + np.exp(-np.clip(x, -30, 30)))
    return result
