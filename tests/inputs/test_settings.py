"""Settings from the environment: what is wrong is named."""

import pytest

from core.errors import BadInput
from core.settings import Settings


def test_settings_come_from_the_environment_and_what_is_given_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOFSHEET_PORT", "9000")
    monkeypatch.setenv("PROOFSHEET_MAX_UPLOAD_MB", "3")
    assert (Settings.from_env().port, Settings.from_env().max_upload_bytes) == (9000, 3 << 20)
    assert Settings.from_env(port=65_535, host=None).port == 65_535


def test_an_empty_folder_is_not_the_current_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PROOFSHEET_WORKSPACE", "PROOFSHEET_HOST"):
        monkeypatch.setenv(variable, "")
    assert Settings.from_env() == Settings()


@pytest.mark.parametrize("variable", ["PROOFSHEET_PORT", "PROOFSHEET_MAX_UPLOAD_MB"])
@pytest.mark.parametrize("value", ["", "abc", "80.5", "-1", "0", "²", "99999999999999999999"])
def test_what_is_no_number_names_the_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadInput, match=f"{variable} is '{value}'; give a whole number from 1 to"):
        Settings.from_env()


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_a_port_that_no_machine_has_is_refused(port: int) -> None:
    with pytest.raises(BadInput, match=f"The port is '{port}'"):
        Settings.from_env(port=port)
