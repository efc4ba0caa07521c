"""An independent fuse: all pairs, no increments, naive sets.

Read it as the specification of ``graph.fusion``. It shares normalisation, scoring and the reading of claims
with it; clustering, grouping and resolving are its own, and so is what wide blocks compare, where an epoch
has any: their keys it shares.
"""
