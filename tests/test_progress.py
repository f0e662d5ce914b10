import io
import logging
import sys
import threading

import pytest

from au_tf.progress import progress, watched


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("terminal", "level", "seen"), [(True, 0, True), (True, logging.WARNING, False), (False, 0, False)]
)
def test_a_bar_is_seen_on_a_terminal_alone_and_not_by_who_wants_quiet(terminal, level, seen, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal() if terminal else io.StringIO())
    monkeypatch.setattr(logging.getLogger("au_tf"), "level", level)
    assert list(progress(range(3), "work", unit="step")) == [0, 1, 2]
    told = sys.stderr.getvalue()
    assert ("work:" in told) == seen
    # What is done leaves its line empty.
    assert not told.rpartition("\r")[0].rpartition("\r")[2].strip()


def test_what_others_make_is_one_bar_however_many_they_are(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    made, bars = [], []
    monkeypatch.setattr("au_tf.progress.progress", lambda **options: bars.append(options) or progress())

    def work():
        made.append(0)

    with watched(4, lambda: len(made), "frame"):
        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(bars) == 1 and bars[0]["total"] == 4
