"""The generator of which a half makes noise, in a workspace of its own for each file of tests."""

from collections.abc import Iterator

import pytest

from tests.improving.half import Half, fill


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Half]:
    made = fill(tmp_path_factory.mktemp("half"))
    yield made
    made.workspace.close()
