import re
import shutil
import subprocess
import sys
import threading

import pytest
from PIL import Image
from skimage import data

from au_tf.resources import saved_model

pytest.importorskip("starlette", reason="the studio needs the extra: pip install 'au_tf[studio]'")


@pytest.fixture(scope="module")
def studio():
    """The address of a studio that runs as people start it."""
    words = [sys.executable, "-m", "au_tf", "studio", "--port", "0", "--no-browser", "--max-megabytes", "4"]
    words += ["--generator", str(saved_model("caae-builtin"))]
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
def browser(tmp_path_factory):
    """Debian's Chromium without a way to anywhere but this machine, before whose camera the astronaut sits."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    film = tmp_path_factory.mktemp("camera") / "astronaut.mjpeg"
    Image.fromarray(data.astronaut()).save(film, "JPEG", quality=95)
    nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
    flags = [
        "--no-sandbox",
        "--enable-unsafe-swiftshader",
        "--disable-background-networking",
        "--no-first-run",
        nowhere,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=program, args=flags)
        yield opened
        opened.close()
