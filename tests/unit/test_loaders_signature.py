import random

from ingest.signature import SIZE, signature


def likeness(a: str, b: str) -> float:
    return sum(x == y for x, y in zip(signature(a), signature(b), strict=True)) / SIZE


def words(seed: int, count: int) -> list[str]:
    draw = random.Random(seed)
    return [f"word{draw.randrange(5000)}" for _ in range(count)]


def test_values_are_pinned() -> None:
    """Stored signatures are compared with new ones: a change here is a change of the pipeline."""
    pinned = (881412874, 936526686, 280430591, 42834980)
    assert signature("The quick brown fox jumps over the lazy dog.")[:4] == pinned
    assert signature("") == (2**32 - 1,) * SIZE


def test_form_does_not_count_and_content_does() -> None:
    assert signature("The  quick\nBROWN fox.") == signature("the quick brown fox")
    assert signature("one two") != signature("two one")
    assert signature("one") != signature("two")
    assert all(0 <= m < 2**32 for m in signature("a b c d"))


def test_likeness_estimates_the_share_of_common_shingles() -> None:
    base = words(1, 4000)
    for kept in (3600, 2000, 400):
        other = base[:kept] + words(2, 4000 - kept)
        jaccard = kept / (8000 - kept)
        assert abs(likeness(" ".join(base), " ".join(other)) - jaccard) < 0.2
    assert likeness(" ".join(base), " ".join(words(3, 4000))) < 0.1


def test_more_shingles_than_a_block() -> None:
    text = words(4, 30_000)
    halves = [signature(" ".join(text[:16_000])), signature(" ".join(text[15_998:]))]
    assert signature(" ".join(text)) == tuple(min(pair) for pair in zip(*halves, strict=True))
