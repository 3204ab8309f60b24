"""The routes beside Streamlit's, over real HTTP: pictures, uploads, headers, the first page by its name."""

import http.client
import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware

from core import gallery, uploads
from core.gallery import Query
from pages.routes import ROUTES, Headers
from tests.pages.filled import Full


@pytest.fixture
def port(full: Full) -> Iterator[int]:
    """Our routes with our middleware, in this process."""
    app = Starlette(routes=ROUTES, middleware=[Middleware(Headers)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        yield bound.getsockname()[1]
        server.should_exit = True
        thread.join(20)


def ask(
    port: int, path: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


def first(full: Full) -> int:
    return int(gallery.select(full.workspace, Query(full.reference)).ids[0])


def side(data: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(data)).size


def test_thumbnails_come_in_a_few_sizes_and_are_kept_for_ever(full: Full, port: int) -> None:
    address = f"/thumbnails/{full.workspace.uuid}/{first(full)}"
    sizes = {}
    for asked in ("", "?s=1", "?s=96", "?s=97", "?s=5000", "?s=-3", "?s=x"):
        status, headers, data = ask(port, address + asked)
        assert status == 200
        assert headers["content-type"] == "image/png"
        assert headers["cache-control"] == "private, max-age=31536000, immutable"
        sizes[asked] = max(side(data))
    assert sizes["?s=1"] == sizes["?s=96"] <= 96
    assert sizes["?s=97"] == sizes[""] == sizes["?s=x"] == sizes["?s=-3"] <= 192
    assert sizes["?s=5000"] <= 768
    status, _, data = ask(port, f"/pictures/{full.workspace.uuid}/{first(full)}.png")
    assert (status, side(data)) == (200, (16, 16))


@pytest.mark.parametrize(
    "path",
    ["/thumbnails/{uuid}/999999", "/pictures/{uuid}/999999.png", "/thumbnails/{other}/{first}", "/thumbnails/{uuid}/x"],
)  # fmt: skip
def test_pictures_that_are_not_here(full: Full, port: int, path: str) -> None:
    status, headers, _ = ask(port, path.format(uuid=full.workspace.uuid, other="0" * 32, first=first(full)))
    assert status == 404
    assert "cache-control" not in headers


@pytest.mark.parametrize("query", ["", "?run=night%201&run=%E2%9C%93", "?next=//evil/%0d%0aX:%201"])
def test_the_first_page_is_found_by_its_name_too(port: int, query: str) -> None:
    """Streamlit serves its default page at the root alone, and calls the name a page that is not there."""
    status, headers, _ = ask(port, f"/overview{query}")
    assert (status, headers["location"]) == (307, f"./{query}"), "relative: a proxy may serve us below a path"
    assert "x" not in headers


def test_every_answer_carries_the_security_headers(full: Full, port: int) -> None:
    for path in (f"/thumbnails/{full.workspace.uuid}/{first(full)}", "/none"):
        _, headers, _ = ask(port, path)
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "img-src 'self' data: blob:" in policy
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def files(full: Full) -> list[str]:
    uploaded = full.workspace.uploads
    return sorted(str(p.relative_to(uploaded)) for p in uploaded.rglob("*") if p.is_file())


def test_an_upload_keeps_its_folders_and_its_bytes(full: Full, port: int) -> None:
    ticket = uploads.ticket(full.workspace)
    body = bytes(range(256)) * 5000
    status, _, said = ask(port, f"/uploads/{ticket}/faces/l%C3%A4chelnd%20%231.png", "PUT", body)
    assert (status, said) == (200, '{"name":"lächelnd #1.png","bytes":1280000}'.encode())
    path = uploads.folder(full.workspace, ticket) / "faces" / "lächelnd #1.png"
    assert path.read_bytes() == body


@pytest.mark.parametrize("ticket", ["none", "9999999999-abc-" + "0" * 32, "1-abc-" + "0" * 32, "-", "..%2f.."])
def test_an_upload_without_a_pages_ticket_is_refused(full: Full, port: int, ticket: str) -> None:
    status, _, said = ask(port, f"/uploads/{ticket}/x.zip", "PUT", b"x")
    assert status in (400, 404)
    assert files(full) == []
    if status == 400:
        assert b"reload the page" in said


@pytest.mark.parametrize(
    "name",
    ["..%2fx.zip", "a/%2e%2e/%2e%2e/x", "..%5cx", ".hidden", "%2fetc/passwd", "a%00b", "x" * 600, "%20", "y" * 300],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(full: Full, port: int, name: str) -> None:
    status, _, _ = ask(port, f"/uploads/{uploads.ticket(full.workspace)}/{name}", "PUT", b"x")
    assert status in (400, 404), name
    assert files(full) == []
    assert not (full.workspace.folder / "x.zip").exists()


def test_an_upload_over_the_limit_is_refused_before_and_while_it_comes(
    full: Full, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROOFSHEET_MAX_UPLOAD_MB", "1")
    ticket = uploads.ticket(full.workspace)
    body = b"x" * (1 << 20)
    assert ask(port, f"/uploads/{ticket}/fits.bin", "PUT", body)[0] == 200
    status, _, said = ask(port, f"/uploads/{ticket}/large.bin", "PUT", body + b"x")
    assert status == 400
    assert b"large.bin: larger than 1 MB" in said
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(body), body) for _ in range(2)) + b"0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(
            b"PUT /uploads/%s/c.bin HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % ticket.encode()
        )
        raw.sendall(chunked)
        assert b" 400 " in raw.recv(4096).split(b"\r\n")[0]
    assert [Path(name).name for name in files(full)] == ["fits.bin"]


def test_a_file_where_a_folder_is_wanted_is_said(full: Full, port: int) -> None:
    ticket = uploads.ticket(full.workspace)
    assert ask(port, f"/uploads/{ticket}/a", "PUT", b"x")[0] == 200
    status, _, said = ask(port, f"/uploads/{ticket}/a/b.png", "PUT", b"x")
    assert status == 400
    assert b"the server cannot store it" in said


def test_a_broken_off_upload_leaves_nothing(full: Full, port: int) -> None:
    ticket = uploads.ticket(full.workspace)
    part = uploads.folder(full.workspace, ticket)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(b"PUT /uploads/%s/half.zip HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n" % ticket.encode())
        raw.sendall(b"x" * 500)
        wait_for(lambda: any(part.glob(".*.part")))
    wait_for(lambda: files(full) == [])


def wait_for(condition, seconds: float = 10.0) -> None:  # type: ignore[no-untyped-def]
    """The server works in a thread of its own."""
    ended = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        ended.wait(0.02)
    raise AssertionError("it did not come to pass")
