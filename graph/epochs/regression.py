"""What tells matches from the rest, as one line between them: ridge logistic regression on probabilities.

A Gaussian for each kind (``mixture``) is what keeps expectation and maximisation on its feet, but its line is
drawn by all pairs, the far ones too, and comparison vectors are not Gaussian. Once most probabilities are
sound a regression draws the line where the two kinds meet (Efron, 1975). It believes the probabilities that
it is given, so few rounds of it sharpen and many lead astray.
"""

import numpy as np

from graph.epochs.mixture import Vector, sigmoid

_RIDGE = 10.0  # against weights without end where the kinds do not overlap
_ROUNDS = 30
_SETTLED = 1e-6  # share of the loss below which a round gains nothing
_HALVINGS = 12


def weights(z: Vector, p: Vector) -> Vector:
    """One weight a feature. ``z``: (pairs, features), scaled; ``p``: each pair's probability of a match.

    Newton's method, each step halved until it gains. O(pairs x features^2) a round.
    """
    x = np.column_stack([z, np.ones(len(z))])
    ridge = np.append(np.full(z.shape[1], _RIDGE), 1e-6)  # the base rate is free
    share = min(max(float(p.mean()), 1e-6), 1 - 1e-6)
    w = np.zeros(x.shape[1])
    w[-1] = np.log(share / (1 - share))
    lost = _loss(x, p, ridge, w)
    for _ in range(_ROUNDS):
        q = sigmoid(x @ w)
        slope = x.T @ (p - q) - ridge * w
        step = np.linalg.solve((x.T * (q * (1 - q))) @ x + np.diag(ridge), slope)
        for _ in range(_HALVINGS):
            if (after := _loss(x, p, ridge, w + step)) < lost:
                break
            step = step / 2
        else:
            break
        w = w + step
        if lost - after < _SETTLED * lost:
            break
        lost = after
    return w[:-1]


def _loss(x: Vector, p: Vector, ridge: Vector, w: Vector) -> float:
    odds = x @ w
    return float((np.logaddexp(0, odds) - p * odds).sum() + 0.5 * (ridge * w * w).sum())
