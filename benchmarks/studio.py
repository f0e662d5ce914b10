"""How quickly the studio answers in a real browser, how its memory grows, and what several people notice of each other.

    python benchmarks/studio.py [--singles 40] [--edits 1000] [--people 4] [--seconds 8]

Needs Debian's chromium and playwright. Prints a table for docs/results.md: milliseconds from the event of a slider to
what it changes being drawn, as the page itself takes them; the 3D face is drawn by the processor here, whatever the
screen. Seconds from the command to the first edit count the server's start; a run before makes the caches.
"""

import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import psutil
from playwright.sync_api import sync_playwright
from skimage import data, io
from websockets.sync.client import connect

FLAGS = (
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
LISTEN = """() => {
  window.took = { photo: [], face: [] };
  document.addEventListener("studio", ({ detail }) => window.took[detail.what]?.push(detail.ms));
}"""
SLIDE = """([value, unit]) => {
  const slider = document.querySelector(`input[name=${unit}-left]`);
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""
SETTLED = "() => { const { asked, shown } = document.documentElement.dataset; return asked === shown; }"
DRAG = """(seconds) => new Promise((done) => {
  const slider = document.querySelector("input[name=AU12-left]");
  const begin = performance.now();
  const step = () => {
    const passed = (performance.now() - begin) / 1000;
    slider.value = 2.5 + 2.5 * Math.sin(passed * 3);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    passed < seconds ? requestAnimationFrame(step) : done();
  };
  step();
})"""


@contextmanager
def studio(photo: Path) -> Iterator[tuple[str, int, float]]:
    """A studio's address, its process, and when it was started."""
    begin = time.monotonic()
    words = [sys.executable, "-m", "au_tf", "studio", str(photo), "--port", "0", "--no-browser"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = next(found[0] for line in process.stderr if (found := re.search(r"http://\S+/", line)))
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield address, process.pid, begin
        process.terminate()


def memory(pid: int) -> float:
    """MB that a process holds."""
    return psutil.Process(pid).memory_info().rss / 1e6


def spent(pid: int) -> float:
    """Seconds of processor time that a process has taken, which no other work on the machine changes."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def enter(browser: Any, address: str) -> Any:
    """A page with a photo and a 3D face."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.set_default_timeout(300_000)
    page.goto(address)
    page.evaluate(LISTEN)
    page.wait_for_selector("html[data-ready=photo], html[data-ready=face]")
    return page


def singles(page: Any, count: int) -> dict[str, np.ndarray]:
    """Milliseconds to the photo and to the 3D face, one edit after the other."""
    page.evaluate("() => { window.took.photo.length = window.took.face.length = 0; }")
    for number in range(count):
        page.evaluate(SLIDE, [1 + number % 9 * 0.5, "AU12" if number % 2 else "AU4"])
        page.wait_for_function(SETTLED)
        # The mesh and the estimator have their turns, as when people look.
        page.wait_for_timeout(1000)
    return {what: np.array(page.evaluate(f"() => window.took.{what}")) for what in ("photo", "face")}


def stretch() -> float:
    """Milliseconds that one of a processor takes here and now: 1 on a machine that does nothing else."""
    wall, spent = time.perf_counter(), time.thread_time()
    while time.thread_time() - spent < 0.5:
        pass
    return (time.perf_counter() - wall) / (time.thread_time() - spent)


def row(name: str, values: np.ndarray) -> None:
    """A line of the table: half of the values, and 19 of 20, are at most."""
    middle, most = np.percentile(values, [50, 95])
    print(f"| {name} | {middle:.0f} | {most:.0f} | {len(values)} |", flush=True)


def main() -> None:
    """Measures everything once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=1000, help="edits over which memory is watched")
    parser.add_argument("--singles", type=int, default=40, help="edits with a pause after each")
    parser.add_argument("--people", type=int, default=4, help="pages that drag at once")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long they drag")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, sync_playwright() as running:
        photo = Path(folder) / "astronaut.png"
        io.imsave(photo, data.astronaut())
        browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        with studio(photo) as (address, _, _):
            enter(browser, address).context.close()
        with studio(photo) as (address, pid, begin):
            page = enter(browser, address)
            page.evaluate(SLIDE, [3, "AU12"])
            page.wait_for_function(SETTLED)
            print(f"first edit {time.monotonic() - begin:.1f} s after the command; load {os.getloadavg()[0]:.1f}")
            print(f"a millisecond of a processor takes {stretch():.1f}")
            page.wait_for_selector("html[data-ready=face]")
            page.wait_for_timeout(3000)
            print("\n| slider to | median ms | 95 % ms | edits |\n| --- | --- | --- | --- |")
            found = singles(page, asked.singles)
            row("photo", found["photo"])
            row("3D face", found["face"])
            page.evaluate("() => { window.took.photo.length = window.took.face.length = 0; }")
            page.evaluate(DRAG, asked.seconds)
            row("photo, while dragging", np.array(page.evaluate("() => window.took.photo")))
            row("3D face, while dragging", np.array(page.evaluate("() => window.took.face")))
            print(f"\na millisecond of a processor takes {stretch():.1f}")
            watch_memory(page, pid, asked.edits)
            crowd(browser, [page, *(enter(browser, address) for _ in range(asked.people - 1))], asked.seconds)
            for context in browser.contexts:
                context.close()
            visitors(address, asked.people, asked.seconds)
        browser.close()


def watch_memory(page: Any, pid: int, edits: int) -> None:
    """What the server and the page hold before and after many edits."""
    heap = "() => performance.memory.usedJSHeapSize / 1e6"
    before, taken = (memory(pid), page.evaluate(heap)), spent(pid)
    for number in range(edits):
        page.evaluate(SLIDE, [number % 51 * 0.1, "AU12"])
        page.wait_for_function(SETTLED)
    taken = spent(pid) - taken
    page.wait_for_timeout(2000)
    after = memory(pid), page.evaluate(heap)
    names = ("server", "page")
    told = (f"{name} {old:.0f} to {new:.0f} MB" for name, old, new in zip(names, before, after, strict=True))
    print(f"\n{edits} edits: {', '.join(told)}; {1000 * taken / edits:.0f} ms of a processor each in the server\n")


def crowd(browser: Any, pages: list[Any], seconds: float) -> None:
    """Several people drag at once."""
    for page in pages:
        page.wait_for_selector("html[data-ready=face]")
        page.evaluate("() => { window.took.photo.length = 0; }")
    for page in pages:
        # Begun, not waited for.
        page.evaluate(f"() => {{ window.dragged = ({DRAG})({seconds}); }}")
    for page in pages:
        page.evaluate("() => window.dragged")
    print("| people at once | median ms | 95 % ms | edits |\n| --- | --- | --- | --- |")
    row(f"photo, {len(pages)} pages here", np.concatenate([page.evaluate("() => window.took.photo") for page in pages]))


def visit(address: str, seconds: float, took: list[float]) -> None:
    """Asks for one photo after the other, as a page does that somebody drags on; adds milliseconds to `took`."""
    with urlopen(Request(f"{address}session", b"{}")) as answer:
        session = json.load(answer)["session"]
    place = address.replace("http", "ws", 1)
    with connect(f"{place}live/{session}", max_size=None) as socket:
        # As long as it is open nobody forgets the session.
        with urlopen(Request(f"{address}beginning", b"{}", {"x-session": session})):
            pass
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            number += 1
            side = [0.0] * 12
            side[6] = 2.5 + 2.5 * math.sin(number / 5)
            begin = time.perf_counter()
            socket.send(json.dumps({"left": side, "right": side, "number": number}))
            socket.recv()
            took.append(1000 * (time.perf_counter() - begin))


def visitors(address: str, people: int, seconds: float) -> None:
    """Several people drag at once, whose browsers run on machines of their own."""
    for count in (1, people):
        took: list[float] = []
        threads = [threading.Thread(target=visit, args=(address, seconds, took)) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        row(f"photo, {count} with browsers elsewhere", np.array(took))


if __name__ == "__main__":
    main()
