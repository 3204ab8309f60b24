"""Published weights, fetched from a real server on this machine that misbehaves in every way servers do."""

import hashlib
import io
import re
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from core import weights
from core.errors import BadInput, Cancelled
from core.weights import Weights, fetch, read, take

CONTENT = np.random.default_rng(0).bytes(700_000)


class Server(ThreadingHTTPServer):
    """Serves `files`; `whims` are taken one a request: 'break', 'whole' (no parts), or an HTTP code."""

    files: dict[str, bytes]
    whims: list[str | int]
    asked: list[str | None]

    def weights(self, name: str = "w.bin", size: int = len(CONTENT), member: str = "", of: bytes = CONTENT) -> Weights:
        url = f"http://127.0.0.1:{self.server_address[1]}/{name}"
        return Weights("w.bin", url, f"sha256:{hashlib.sha256(of).hexdigest()}", size, member)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        self.server.asked.append(self.headers.get("Range"))
        whim = self.server.whims.pop(0) if self.server.whims else ""
        content = self.server.files.get(self.path[1:])
        if content is None or isinstance(whim, int):
            return self.send_error(whim if isinstance(whim, int) else 404)
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        start = int(asked[1]) if asked and whim != "whole" else 0
        if start and start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            return self.end_headers()
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        rest = content[start:]
        self.wfile.write(rest[: len(rest) // 2] if whim == "break" else rest)
        return None


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.files, made.whims, made.asked = {"w.bin": CONTENT}, [], []
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def test_a_download_arrives_whole_and_is_not_asked_for_twice(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    wanted = server.weights()
    path = fetch(tmp_path / "models", wanted, lambda done, total, message="", session=None: seen.append((done, total)))
    assert path.read_bytes() == CONTENT == read(tmp_path / "models", wanted)
    assert seen[-1] == (len(CONTENT) >> 20, len(CONTENT) >> 20)
    fetch(tmp_path / "models", wanted)
    assert server.asked == [None]
    assert [p.name for p in path.parent.iterdir()] == ["w.bin"]


def test_a_broken_download_goes_on_where_it_broke_off(server: Server, tmp_path: Path) -> None:
    server.whims = ["break", 503, "break"]
    assert fetch(tmp_path, server.weights(), wait=0).read_bytes() == CONTENT
    half, rest = len(CONTENT) // 2, len(CONTENT) - len(CONTENT) // 2
    assert server.asked == [None, f"bytes={half}-", f"bytes={half}-", f"bytes={half + rest // 2}-"]


def test_the_next_call_goes_on_after_a_cancel(server: Server, tmp_path: Path) -> None:
    def stop(done: int, total: int, message: str = "", session: object = None) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        fetch(tmp_path, server.weights(), stop)
    assert not (tmp_path / "w.bin").exists()
    assert fetch(tmp_path, server.weights(), wait=0).read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={weights.CHUNK}-"]


def test_a_server_without_parts_is_read_from_the_start(server: Server, tmp_path: Path) -> None:
    server.whims = ["break", "whole"]
    assert fetch(tmp_path, server.weights(), wait=0).read_bytes() == CONTENT


@pytest.mark.parametrize("left", [CONTENT, CONTENT + b"of another file"])
def test_what_an_earlier_try_left_is_used_when_it_is_the_file(server: Server, tmp_path: Path, left: bytes) -> None:
    (tmp_path / "w.bin.download").write_bytes(left)
    assert fetch(tmp_path, server.weights(), wait=0).read_bytes() == CONTENT


def test_wrong_bytes_are_refused_and_not_kept(server: Server, tmp_path: Path) -> None:
    server.files["w.bin"] = CONTENT[:-1] + b"?"
    with pytest.raises(BadInput, match=r"is not w\.bin \(sha256:.*get the published file"):
        fetch(tmp_path, server.weights())
    server.files["w.bin"] = CONTENT[:-1]
    with pytest.raises(BadInput, match=r"699,999 bytes, w\.bin has 700,000"):
        fetch(tmp_path, server.weights())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("whims", [[404], [500] * weights.TRIES])
def test_a_server_that_has_it_not_gives_the_sentence_of_what_to_put_where(
    server: Server, tmp_path: Path, whims: list[str | int]
) -> None:
    server.whims = list(whims)
    wanted = server.weights()
    with pytest.raises(BadInput) as said:
        fetch(tmp_path, wanted, wait=0)
    assert f"put w.bin into {tmp_path} (sha256 {wanted.digest[7:]}, 700,000 bytes; published at" in str(said.value)
    assert str(whims[0]) in str(said.value)


def test_without_network_the_sentence_says_which_file_to_put_where(server: Server, tmp_path: Path) -> None:
    wanted = server.weights()
    server.shutdown()
    server.server_close()
    with pytest.raises(BadInput, match=r"cannot be had .*put w\.bin into"):
        fetch(tmp_path, wanted, wait=0)
    with pytest.raises(BadInput, match=r"w\.bin is not there: put w\.bin into"):
        read(tmp_path, wanted)


def archive(name: str = "inside/w.bin", content: bytes = CONTENT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        made.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def test_the_file_is_taken_out_of_the_archive_that_is_published(server: Server, tmp_path: Path) -> None:
    server.files["w.tgz"] = archive()
    wanted = server.weights("w.tgz", member="inside/w.bin")
    assert fetch(tmp_path / "fetched", wanted).read_bytes() == CONTENT
    (tmp_path / "w.tgz").write_bytes(archive())
    assert take(tmp_path / "taken", wanted, tmp_path / "w.tgz").read_bytes() == CONTENT
    (tmp_path / "bare.bin").write_bytes(CONTENT)
    assert take(tmp_path / "bare", wanted, tmp_path / "bare.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "packed", [archive("other"), archive(content=b"short"), archive()[:5000], b"no archive"],
    ids=["another name", "another size", "cut short", "none"],
)  # fmt: skip
def test_an_archive_without_it_is_refused(server: Server, tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "w.tgz"
    path.write_bytes(packed)
    with pytest.raises(BadInput, match=r"w\.tgz: "):
        take(tmp_path / "models", server.weights(member="inside/w.bin"), path)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_damaged_file_is_not_read(server: Server, tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(CONTENT[:-1] + b"?")
    with pytest.raises(BadInput, match="is damaged"):
        read(tmp_path, server.weights())
