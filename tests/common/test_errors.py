"""Which errors are told in one line, and which keep their traceback."""

from pathlib import Path

import pytest
from hydra.errors import InstantiationException

from src.common.errors import explained


def _raising(error: Exception, cause: Exception | None = None):
    @explained
    def function() -> None:
        raise error from cause

    return function


@pytest.mark.parametrize("kind", [ValueError, FileNotFoundError, FloatingPointError])
def test_what_a_user_can_mend_is_one_line(
    kind: type[Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        _raising(kind("k"))()
    assert stopped.value.code == 1
    assert capsys.readouterr().err.startswith("error: k (")


def test_the_error_in_a_constructor_is_shown_not_hydra_s(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        _raising(InstantiationException("Error in call"), ValueError("k: got 0"))()
    assert "k: got 0" in capsys.readouterr().err


def test_bugs_keep_their_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        _raising(ZeroDivisionError())()
    with pytest.raises(InstantiationException):
        _raising(InstantiationException("Error in call"), TypeError("no such argument"))()


def test_tracebacks_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    with pytest.raises(ValueError, match="k"):
        _raising(ValueError("k"))()


def test_what_a_machine_lacks_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        explained(tmp_path.read_bytes)()
    assert capsys.readouterr().err.startswith(f"error: {tmp_path}: is a directory (")
    with pytest.raises(SystemExit):
        _raising(MemoryError("Unable to allocate 3 TiB"))()
    assert "not enough memory (Unable to allocate 3 TiB)" in capsys.readouterr().err
