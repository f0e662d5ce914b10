import re
import shutil
import subprocess
import sys
import threading

import pytest

pytest.importorskip("starlette", reason="the studio needs the extra: pip install 'au_tf[studio]'")


@pytest.fixture(scope="module")
def studio():
    """The address of a studio that runs as people start it."""
    words = [sys.executable, "-m", "au_tf", "studio", "--port", "0", "--no-browser", "--max-megabytes", "4"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        told = []
        for line in process.stderr:
            told.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                break
        else:
            pytest.fail("".join(told))
        # Nobody reads on, and a full pipe would stop it.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield found[0]
        process.terminate()


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium without a way to anywhere but this machine."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
    flags = [
        "--no-sandbox",
        "--enable-unsafe-swiftshader",
        "--disable-background-networking",
        "--no-first-run",
        nowhere,
    ]
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=program, args=flags)
        yield opened
        opened.close()
