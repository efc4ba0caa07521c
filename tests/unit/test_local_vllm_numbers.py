"""In which numbers the local engine computes on a processor."""

from pathlib import Path

import pytest

from app.local.vllm import bfloat16_in_hardware


@pytest.mark.parametrize(
    ("flags", "has"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 amx_tile", True),
        ("flags\t\t: fpu amx_bf16", True),
        ("Features\t: fp asimd bf16 i8mm", True),
        ("flags\t\t: fpu avx2 avx512f fma", False),
        ("", False),
    ],
)
def test_bfloat16_is_used_where_the_processor_multiplies_it(tmp_path: Path, flags: str, has: bool) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\n{flags}\n")
    assert bfloat16_in_hardware(cpuinfo) is has


def test_where_nothing_is_told_of_the_processor_it_is_not(tmp_path: Path) -> None:
    assert not bfloat16_in_hardware(tmp_path / "none")
