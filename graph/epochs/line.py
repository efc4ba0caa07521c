"""The line between matches and the rest: one integer weight a feature and a curve, as an epoch holds them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.epochs import curve, mixture, regression
from graph.epochs.mixture import Vector
from graph.fusion.matcher import Weights
from graph.types import MICRO


@dataclass(frozen=True, slots=True)
class Line:
    mean: NDArray[np.int64]  # by feature, in thousandths
    slope: NDArray[np.int64]  # by feature, in micro-nats a thousandth
    knots: curve.Knots

    @classmethod
    def drawn(cls, vectors: Vector, p: Vector, neutral: Vector, prior: float, *, sharp: bool) -> "Line":
        """From pairs of which each is a match with probability ``p``; ``neutral``: see ``mixture.scaled``;
        ``prior``: log-odds of a pair before it is looked at; ``sharp``: by regression."""
        scaled = mixture.scaled(vectors, neutral)
        weights = regression.weights(scaled.values, p) if sharp else mixture.discriminant(scaled.values, p)[0]
        mean = np.round(scaled.mean).astype(np.int64)
        slope = np.round(MICRO * weights / scaled.deviation).astype(np.int64)
        return cls(mean, slope, curve.fit(_sums(vectors, mean, slope), p, prior))

    def odds(self, vectors: Vector) -> Vector:
        """By pair, in nats."""
        return curve.along(self.knots, _sums(vectors, self.mean, self.slope)) / MICRO

    def weights(self, names: Iterable[str]) -> Weights:
        """``names``: of the features, in their order."""
        told = zip(self.mean.tolist(), self.slope.tolist(), strict=True)
        return Weights(dict(zip(names, told, strict=True)), self.knots)


def _sums(vectors: Vector, mean: NDArray[np.int64], slope: NDArray[np.int64]) -> Vector:
    result: Vector = np.where(np.isnan(vectors), 0, vectors - mean) @ slope
    return result
