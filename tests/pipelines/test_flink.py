"""The same augmentation on Flink, whose cluster runs inside Beam's job server, and on this machine alone."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from au_tf.files import cache_folder
from au_tf.pipelines.augment import Augmentation, augment, local_options

POM = Path(__file__).parents[2] / ".ci" / "flink" / "pom.xml"
COUNT = 300


@pytest.fixture(scope="module")
def job_server():
    """The job server's jar, from the cache or from Maven."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            pytest.skip(f"FLINK HAS NOT BEEN RUN: there is no {program}")
    place = cache_folder() / "flink-job-server"
    jar = place / "flink-job-server.jar"
    if not jar.is_file():
        goals = "dependency:copy-dependencies", "jar:jar"
        command = ["mvn", "-B", "-q", "-ntp", "-f", str(POM), f"-Dto={place}", *goals]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            lines = [line for line in made.stdout.splitlines() if "ERROR" in line] or ["no answer"]
            message = f"FLINK HAS NOT BEEN RUN: Maven gives no job server: {lines[0]}"
            # Where everything has to pass, what could not be run has not passed.
            (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    return jar


@pytest.mark.slow
@pytest.mark.parametrize("where", ["folder", "store"])
def test_flink_writes_the_same_records(where, job_server, photos, bucket, tmp_path):
    asked = Augmentation(COUNT, dataset=None, photos=(photos,), policy="grid", size=32, shard=64)
    flink = ["--runner=FlinkRunner", f"--flink_job_server_jar={job_server}", "--parallelism=2"]
    out = tmp_path / "flink" if where == "folder" else bucket / "flink"
    augment(asked, out, PipelineOptions([*flink, f"--artifacts_dir={tmp_path / 'staged'}"]))
    augment(asked, tmp_path / "local", local_options())
    for path in (path for path in (tmp_path / "local").iterdir() if path.is_file()):
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name
    assert len([path for path in out.iterdir() if path.is_file()]) == len(list((tmp_path / "local").glob("[!.]*")))
