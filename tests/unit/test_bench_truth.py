"""What the truth benchmark makes of values that sources spell differently."""

from argparse import Namespace
from pathlib import Path

import pytest

from bench.truth import BENCHMARK


@pytest.mark.parametrize(
    ("spelt", "other", "truth"),
    [
        (("9416072", "9,416,072", "9416072 people"), "9416172", "9416072 residents"),
        (("7:48 PM", "07:48 p.m.", "7:48p", "19:48"), "7:48 AM", "19:48"),
        (("2011-12-01 07:48 PM", "12/1/2011 7:48 PM", "Dec 1, 7:48p"), "12/1/2011 7:49 PM", "7:48 PM"),
        (
            ("2011-12-01 07:48", "1 Dec 2011 7:48 AM", "Dec 1, 2011 07:48", "7:48 AM"),
            "2011-12-01 19:48",
            "2011-12-01T07:48",
        ),
        (("1 Dec 2011", "2011-12-01 07:48", "Thu, 2011/12/01", "Dec 1"), "2011-12-02 07:48", "2011-12-01"),
        (("Ek, Ann; Li, Bo", "Bo Li and Ann Ek", "Ann Ek, Bo Li"), "Ann Ek", "Li, Bo; Ek, Ann"),
        (("3.07", "+3.07%", "3.07 %"), "(3.07%)", "3.07"),
        (("1970-05-03", "3 May 1970", "May 03, 1970"), "1970-05-14", "the 3rd of May, 1970"),
    ],
)
def test_a_value_counts_once_however_it_is_written(
    tmp_path: Path, spelt: tuple[str, ...], other: str, truth: str
) -> None:
    said = [("o", f"s{n}", value) for n, value in enumerate((*spelt, other, other))]
    lines = [f'{thing},a,{source},"{value}"' for thing, source, value in said]
    (tmp_path / "claims.csv").write_text("\n".join(["object,attribute,source,value", *lines]))
    (tmp_path / "truths.csv").write_text(f'object,attribute,value\no,a,"{truth}"')
    found = BENCHMARK.run(Namespace(data=tmp_path, synthetic=False)).figures
    assert (found["accuracy"], found["majority_accuracy"], found["tied"]) == (1.0, 1.0, 0)
