"""Two hundred requests of every kind from several threads, by the script that sends ten thousand."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "serving.py"


@pytest.mark.slow
def test_mixed_requests_are_answered_or_refused_as_they_should_be(photo_models):
    words = [sys.executable, BENCHMARK, "--models", photo_models, "--stress", "200", "--speed", "0"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=BENCHMARK.parents[1])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "200 requests from 4 threads" in done.stdout and " 0 not answered" in done.stdout
