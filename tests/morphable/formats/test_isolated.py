"""The process that parses: what it hands back, what it refuses, and what becomes of the caller if it is lost."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from au_tf.errors import InputError
from au_tf.morphable.formats import isolated
from au_tf.morphable.formats.isolated import read_arrays, variable_names


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[isolated._Keeper]:
    """A keeper without a child yet."""
    own = isolated._Keeper()
    monkeypatch.setattr(isolated, "_keeper", own)
    yield own
    own.stop()


@pytest.fixture
def mat(tmp_path: Path) -> Path:
    savemat(tmp_path / "a.mat", {"x": np.arange(6.0).reshape(2, 3), "t": "text"})
    return tmp_path / "a.mat"


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Has other code run in the child's place."""
    (folder / "pretended_child.py").write_text(f"import os, sys\nsys.stdin.readline()\n{code}\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(isolated, "_CHILD", "pretended_child")


def gone(pid: int) -> bool:
    """Waits for a process to end; False if it still runs after long."""
    for _ in range(300):
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False


def test_arrays_come_back_as_they_are_stored(tmp_path) -> None:
    columns = np.asfortranarray(np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32))
    savemat(tmp_path / "a.mat", {"columns": columns, "bytes": np.uint8([[3]]), "yes": np.array([[True, False]])})
    found = read_arrays(tmp_path / "a.mat", "mat", ["columns", "bytes"], optional=["yes", "no"])
    assert sorted(found) == ["bytes", "columns", "yes"]
    np.testing.assert_array_equal(found["columns"], columns)
    assert found["columns"].dtype == np.float32 and found["bytes"].dtype == np.uint8
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a/b"] = columns.astype(">f4")
        file["a/c"] = np.int64(7)
    found = read_arrays(tmp_path / "a.h5", "hdf", ["a/b", "a/c"])
    np.testing.assert_array_equal(found["a/b"], columns)
    assert found["a/b"].dtype.isnative and found["a/c"].shape == () and found["a/c"] == 7
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({"columns": columns, "name": "face"}, protocol=2))
    np.testing.assert_array_equal(read_arrays(tmp_path / "a.pkl", "pickle", ["columns"])["columns"], columns)
    with pytest.raises(InputError, match="name: found a str, expected an array of numbers"):
        read_arrays(tmp_path / "a.pkl", "pickle", ["name"])


def test_names_are_listed_without_reading(mat: Path) -> None:
    assert variable_names(mat, "mat") == ("x", "t")
    with h5py.File(mat.with_suffix(".h5"), "w") as file:
        file["shape/model/mean"], file["color"] = 1, 2
    assert variable_names(mat.with_suffix(".h5"), "hdf") == ("color", "shape")


def test_the_child_starts_without_heavy_libraries() -> None:
    code = "import au_tf.morphable.formats.isolated_child, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"tensorflow", "keras", "scipy", "h5py", "PIL"} & set(done.stdout.split())


@pytest.mark.parametrize("what", ["missing", "folder", "pipe", "device", "no name", "empty", "random"])
@pytest.mark.parametrize("kind", list(isolated.FORMATS))
def test_what_is_no_such_file(tmp_path, kind: str, what: str) -> None:
    path = {"device": Path("/dev/zero"), "no name": Path("a\0b")}.get(what, tmp_path / "file")
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what in ("empty", "random"):
        path.write_bytes(np.random.default_rng(1).bytes(5000) if what == "random" else b"")
    with pytest.raises(InputError) as error:
        read_arrays(path, kind, ["x"])
    assert "\n" not in str(error.value) and str(path).replace("\0", "\\x00") in str(error.value)


@pytest.mark.parametrize("head", [b"MATLAB 7.3 MAT-file, Platform: GLNXA64", b"by another program"])
@pytest.mark.parametrize("version", [b"\x00\x02IM", b"\x02\x00MI"])
def test_a_mat_of_version_73_is_told_how_to_become_older(tmp_path, head: bytes, version: bytes) -> None:
    path = tmp_path / "a.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["shapeMU"] = np.zeros(3)
    with open(path, "r+b") as raw:
        raw.write(head.ljust(124) + version)
    for ask in (lambda: read_arrays(path, "mat", ["shapeMU"]), lambda: variable_names(path, "mat")):
        with pytest.raises(InputError, match=r"version 7\.3, expected .*save\(\.\.\., '-v7'\)"):
            ask()


def test_what_takes_too_much_memory_is_refused(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    with h5py.File(tmp_path / "claim.h5", "w") as file:
        file.create_dataset("x", (1 << 40,), "f8", chunks=True)
    with pytest.raises(InputError, match="MB of memory do not hold"):
        read_arrays(tmp_path / "claim.h5", "hdf", ["x"])
    savemat(tmp_path / "bomb.mat", {"x": np.zeros(1 << 23)}, do_compression=True)
    monkeypatch.setattr(isolated, "MEMORY", 200 << 20)
    with pytest.raises(InputError, match=r"bomb\.mat: file: found data that 20\d MB of memory do not hold"):
        read_arrays(tmp_path / "bomb.mat", "mat", ["x"])


def test_what_takes_too_long_is_stopped(mat: Path, keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as hurry:
        hurry.setattr(isolated, "SECONDS", 0.001)  # importing the parser alone takes longer
        with pytest.raises(InputError, match="takes over 0 s to read"):
            read_arrays(mat, "mat", ["x"])
    assert read_arrays(mat, "mat", ["x"])["x"].shape == (2, 3)


def test_a_crash_is_one_line_that_names_the_file(mat: Path, keeper, monkeypatch: pytest.MonkeyPatch, capfd) -> None:
    code = "print('noise', file=sys.stderr, flush=True)\nos.kill(os.getpid(), 11)"
    with monkeypatch.context() as patch:
        pretend(patch, mat.parent, code)
        with pytest.raises(InputError, match=r"a\.mat: file: found a damaged file \(its parser crashed\)"):
            read_arrays(mat, "mat", ["x"])
    assert capfd.readouterr() == ("", "")
    assert read_arrays(mat, "mat", ["x"])["x"].shape == (2, 3)


def test_a_file_is_not_blamed_for_what_an_earlier_one_broke(mat: Path, keeper) -> None:
    read_arrays(mat, "mat", ["x"])
    child = keeper.child.process
    child.send_signal(signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_arrays, mat, "mat", ["x"])
        while not keeper.lock.locked():
            time.sleep(0.001)
        child.send_signal(signal.SIGSEGV)
        child.send_signal(signal.SIGCONT)
        np.testing.assert_array_equal(reading.result()["x"], np.arange(6.0).reshape(2, 3))
    assert keeper.child.process.pid != child.pid


def test_a_child_that_died_idle_is_replaced_and_else_kept(mat: Path, keeper) -> None:
    read_arrays(mat, "mat", ["x"])
    first = keeper.child.process
    read_arrays(mat, "mat", ["x"])
    assert keeper.child.process is first
    first.kill()
    first.wait()
    assert read_arrays(mat, "mat", ["x"])["x"].shape == (2, 3)


def test_an_answer_never_reaches_another_question(mat: Path, keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    savemat(mat.with_name("b.mat"), {"x": np.full((1, 1), 9.0)})
    ask = isolated._Child.ask

    def interrupted(child, request):
        ask(child, request)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(isolated._Child, "ask", interrupted)
        with pytest.raises(KeyboardInterrupt):
            read_arrays(mat, "mat", ["x"])
    assert read_arrays(mat.with_name("b.mat"), "mat", ["x"])["x"] == 9


def test_what_a_parser_says_cannot_steer_the_terminal(mat: Path, keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = r'{"error": ["x", "\\u001b[31m one\\r\\ntwo ' + "long" * 100 + r'", "three"]}'
    pretend(monkeypatch, mat.parent, f"print('{answer}', flush=True)")
    with pytest.raises(InputError, match=r"x: found \[31m one two long.*…, expected three") as error:
        read_arrays(mat, "mat", ["x"])
    assert str(error.value).isprintable()


def test_a_folder_with_files_named_as_libraries_is_harmless(mat: Path, keeper, monkeypatch) -> None:
    for name in ("scipy", "numpy", "json", "resource"):
        mat.with_name(f"{name}.py").write_text("import os; os.abort()")
    monkeypatch.chdir(mat.parent)
    assert read_arrays("a.mat", "mat", ["x"])["x"].shape == (2, 3)


def test_threads_get_their_own_answers(tmp_path) -> None:
    paths = [tmp_path / f"{k}.mat" for k in range(12)]
    for k, path in enumerate(paths):
        savemat(path, {"x": np.full(50, float(k))})
    start = threading.Barrier(4)

    def read(part: int) -> list[float]:
        start.wait()
        return [float(read_arrays(path, "mat", ["x"])["x"].mean()) for path in paths[part::4]]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(read, range(4)))
    assert found == [[k, k + 4, k + 8] for k in range(4)]


FORKED = """
import os, sys
from au_tf.morphable.formats import isolated
read = lambda: isolated.read_arrays(sys.argv[1], "mat", ["x"])["x"].sum()
assert read() == 15
first = isolated._keeper.child.process.pid
pid = os.fork()
if not pid:
    assert isolated._keeper.child is None and read() == 15
    assert isolated._keeper.child.process.pid != first
    isolated._keeper.stop()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert read() == 15 and isolated._keeper.child.process.pid == first
print(first, flush=True)
if sys.argv[2] == "killed":
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("end", ["normal", "killed"])
def test_forked_processes_have_their_own_child_and_none_outlives_its_parent(mat: Path, end: str) -> None:
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", FORKED, str(mat), end]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == "" and done.returncode == (0 if end == "normal" else -9)
    assert gone(int(done.stdout))
