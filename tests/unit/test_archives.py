import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import InvalidInput, LimitExceeded, UnreadableDocument, UnsupportedFormat, VeripathError
from ingest.archives import ArchiveLimits, expand, is_archive

TAR_MODES = ["", "gz", "bz2", "xz"]


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(members: dict[str, bytes], mode: str = "", **kinds: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{mode}") as archive:
        for name, kind in kinds.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def read(tmp_path: Path):  # type: ignore[no-untyped-def]  # a closure over tmp_path
    def run(data: bytes, limits: ArchiveLimits | None = None) -> dict[str, bytes | InvalidInput]:
        path = tmp_path / "blob"
        path.write_bytes(data)
        return dict(expand(path, "upload.zip", limits))

    return run


def outcome(item: bytes | InvalidInput) -> str:
    return type(item).__name__


@pytest.mark.parametrize("mode", ["zip", *TAR_MODES])
def test_members_come_out_whole(read, mode: str) -> None:  # type: ignore[no-untyped-def]
    members = {"a.txt": b"hello", "folder/b.md": bytes(range(256)) * 1000, "empty.txt": b"", "ü/ж.txt": b"x"}
    data = zipped(members) if mode == "zip" else tarred(members, mode)
    assert read(data) == members


def test_bad_members_are_items_with_reasons_and_the_rest_is_read(read) -> None:  # type: ignore[no-untyped-def]
    members = {
        "../up.txt": b"x",
        "/abs.txt": b"x",
        "C:\\win.txt": b"x",
        "..\\up.txt": b"x",
        "inner.zip": zipped({"a": b"x"}),
        "inner.tar.gz": tarred({"a": b"x"}, "gz"),
        "good.txt": b"good",
        "__MACOSX/._good.txt": b"x",
        ".DS_Store": b"x",
    }
    for data in (zipped(members), tarred(members)):
        found = read(data)
        assert found.pop("good.txt") == b"good"
        assert {name: outcome(item) for name, item in found.items()} == {
            "../up.txt": "InvalidInput",
            "/abs.txt": "InvalidInput",
            "C:\\win.txt": "InvalidInput",
            "..\\up.txt": "InvalidInput",
            "inner.zip": "UnsupportedFormat",
            "inner.tar.gz": "UnsupportedFormat",
        }
        assert all(name in str(item) for name, item in found.items())


def test_links_and_devices(read) -> None:  # type: ignore[no-untyped-def]
    kinds = {
        "sym": tarfile.SYMTYPE,
        "hard": tarfile.LNKTYPE,
        "dev": tarfile.CHRTYPE,
        "fifo": tarfile.FIFOTYPE,
    }
    found = read(tarred({"good.txt": b"good"}, **kinds))
    assert {outcome(found[name]) for name in kinds} == {"UnsupportedFormat"}
    assert found["good.txt"] == b"good"
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert outcome(read(out.getvalue())["link"]) == "UnsupportedFormat"


def test_an_encrypted_and_a_damaged_member(read) -> None:  # type: ignore[no-untyped-def]
    data = bytearray(zipped({"a.txt": b"aaaa", "b.txt": b"bbbb"}, zipfile.ZIP_STORED))
    data[data.index(b"aaaa")] ^= 1
    found = read(bytes(data))
    assert outcome(found["a.txt"]) == "UnreadableDocument"
    assert found["b.txt"] == b"bbbb"
    data = bytearray(zipped({"a.txt": b"aaaa"}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 8] |= 1
    with pytest.raises(StopIteration):
        item = read(bytes(data))["a.txt"]
        assert isinstance(item, UnreadableDocument) and "password" in str(item)
        raise StopIteration


@pytest.mark.parametrize("data", [zipped({"big": bytes(40 << 20)}), tarred({"big": bytes(40 << 20)}, "gz")])
def test_a_bomb_ends_the_archive(read, data: bytes) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LimitExceeded, match="bomb"):
        read(data)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_limits(read, tmp_path: Path, pack) -> None:  # type: ignore[no-untyped-def]
    data = pack({f"{n}.txt": b"0123456789" * 100 for n in range(20)})
    assert len(read(data)) == 20
    with pytest.raises(LimitExceeded, match="members"):
        read(data, ArchiveLimits(members=19))
    with pytest.raises(LimitExceeded, match="unpacks"):
        read(data, ArchiveLimits(total_bytes=15_000))
    found = read(data, ArchiveLimits(member_bytes=999))
    assert {outcome(item) for item in found.values()} == {"LimitExceeded"}
    path = tmp_path / "some"
    path.write_bytes(data)
    members = expand(path, "some", ArchiveLimits(members=3))
    assert [next(members)[0] for _ in range(3)] == ["0.txt", "1.txt", "2.txt"]
    with pytest.raises(LimitExceeded):
        next(members)


def test_a_directory_or_header_bigger_than_any_is_refused(read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LimitExceeded, match="members"):
        read(zipped({f"{n}": b"" for n in range(3000)}), ArchiveLimits(members=50))
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2 << 20
    with pytest.raises(LimitExceeded, match="header"):
        read(info.tobuf() + bytes(3 << 20))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", UnreadableDocument),
        (zipped({}), UnreadableDocument),
        (tarred({}), UnreadableDocument),
        (b"PK\x03\x04" + bytes(100), UnreadableDocument),
        (gzip.compress(b"plain text, no archive" * 100), UnsupportedFormat),
        (b"plain text", UnsupportedFormat),
    ],
)
def test_no_archive(read, data: bytes, error: type[VeripathError]) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=r"upload\.zip"):
        read(data)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.sampled_from(["zip", *TAR_MODES]),
    st.floats(0, 1),
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), max_size=4),
)
def test_damage_is_an_error_of_the_tree_or_an_item(
    read, mode: str, cut: float, flips: list[tuple[float, int]]
) -> None:  # type: ignore[no-untyped-def]
    members = {"a.txt": b"text " * 50, "b/c.md": b"# Head\n\nmore"}
    whole = zipped(members) if mode == "zip" else tarred(members, mode)
    data = bytearray(whole[: max(1, int(len(whole) * (1 - cut / 3)))])
    for place, mask in flips:
        data[int(place * (len(data) - 1))] ^= mask
    try:
        found = read(bytes(data), ArchiveLimits(total_bytes=64 << 20))
    except VeripathError:
        return
    assert all(isinstance(item, bytes | InvalidInput) for item in found.values())


def test_what_is_an_archive() -> None:
    docx = zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    assert is_archive(zipped({"a.txt": b"x"})[:512], "a.zip")
    assert not is_archive(docx[:512], "a.docx")
    assert not is_archive(docx[:512], "renamed.zip")
    assert not is_archive(zipped({"mimetype": b"application/epub+zip"}, zipfile.ZIP_STORED)[:512], "a.epub")
    assert all(is_archive(tarred({"a": b"x"}, mode)[:512]) for mode in TAR_MODES)
    assert not is_archive(b"plain", "a.zip")
    assert not is_archive(b"", "a.zip")
