"""Makers of epochs: what is global by nature, learnt from a workspace's own evidence without labels.

Nothing here reads a clock, a store or a random source. Input is sorted before anything is computed, and what
is learnt is rounded to integers, so that an epoch is a function of the evidence's set.
"""
