"""Names do not steer the terminal."""

import contextlib
import io
import logging

import pytest

from src.common.errors import explained
from src.common.terminal import PrintableFormatter, StderrHandler, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("flüte 1.wav\n\t", "flüte 1.wav\n\t"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b2J\r", "\\x9b2J\\r"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("caf\udce9", "caf\\udce9"),
    ],
)
def test_codes_are_written_out(text, shown):
    assert printable(text) == shown


def test_errors_and_log_messages_are_printable(capsys):
    @explained
    def failing():
        raise ValueError("\x1b[2J.wav: empty")

    with pytest.raises(SystemExit):
        failing()
    assert "\\x1b[2J.wav: empty" in capsys.readouterr().err
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s: left out", ("\x1b[2J",), None)
    assert PrintableFormatter("%(message)s").format(record) == "\\x1b[2J: left out"


def test_messages_go_to_the_stderr_of_their_time() -> None:
    handler = StderrHandler()
    for said in (io.StringIO(), io.StringIO()):
        with contextlib.redirect_stderr(said):
            handler.handle(logging.makeLogRecord({"msg": "a message"}))
        assert said.getvalue() == "a message\n"
        said.close()
