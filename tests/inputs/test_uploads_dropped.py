"""What was uploaded and is stored elsewhere leaves the uploads, whole; nothing else does."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core import uploads
from core.workspace import Workspace


def test_the_whole_ticket_goes_and_nothing_beside_it(workspace: Workspace, tmp_path: Path) -> None:
    taken, beside, own = workspace.uploads / "1-a" / "faces" / "x.png", workspace.uploads / "2-b", tmp_path / "y.png"
    for path in (taken, beside / "z.png", own):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    uploads.drop(workspace, taken.parent)
    assert list(workspace.uploads.iterdir()) == [beside]
    uploads.drop(workspace, own)
    uploads.drop(workspace, workspace.uploads)
    assert own.exists()
    assert beside.exists()


def test_first_visitors_at_one_moment_sign_alike(workspace: Workspace) -> None:
    with ThreadPoolExecutor(8) as pool:
        tickets = list(pool.map(lambda _: uploads.ticket(workspace), range(8)))
    assert len({uploads.folder(workspace, ticket) for ticket in tickets}) == 8
    assert (workspace.folder / "secret").stat().st_size == 32
    assert (workspace.folder / "secret").stat().st_mode & 0o777 == 0o600
    assert list(workspace.folder.glob(".secret-*")) == []
