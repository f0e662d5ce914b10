"""How fast synthetic pictures are made and what Beam adds to it; prints tables in markdown.

    python benchmarks/augmentation.py [SHARDS [ROUNDS]]

From sampling a target to the written record, 224 x 224, of people of simulated DISFA (its tiny config, which is built
where it is missing), in shards of 128. A bare loop calls what Beam's elements call, on one thread. All take turns on
the same records, and the fastest turn of each counts, by the clock and in processor time; the first shard is written
before the clock starts, so that what is loaded and compiled once is not in it. On standard error is the largest memory
so far after each turn.
"""

import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from au_tf import startup
from au_tf.pipelines.augmentation.shards import drawer_of

startup.start_tensorflow()

from apache_beam.options.pipeline_options import PipelineOptions

from au_tf.datasets.recordings.opening import open_recordings
from au_tf.datasets.recordings.writing import RUNNER, new_pipeline, run_pipeline
from au_tf.files import file_digest
from au_tf.morphable.builtin import builtin_face
from au_tf.pipelines.augment import local_options
from au_tf.pipelines.augmentation.augmentation_config import Augmentation
from au_tf.pipelines.augmentation.drawing import RecordMaker
from au_tf.pipelines.augmentation.plan import SOURCES, WORK, Plan, generator_file
from au_tf.pipelines.augmentation.shards import make_shard, write_shards
from au_tf.pipelines.augmentation.sources import Sources, recorded_sources
from au_tf.pipelines.augmentation.worker_context import open_context

DATASET = "simulated_disfa/coefficients_paper_tiny"
SHARD = 128
PROCESSES = {"runner": RUNNER, "direct_num_workers": 2, "direct_running_mode": "multi_processing"}


def plan_of(asked: Augmentation, sources: Sources) -> Plan:
    """The plan of an augmentation with the shipped generator and the built-in face."""
    return Plan(asked, sources.digest(), file_digest(generator_file(asked, "builtin")), builtin_face().digest, "")


def bare(directory: Path, plan: Plan, shards: Sequence[int]) -> None:
    """Without Beam."""
    context = open_context(directory / WORK)
    maker = RecordMaker(context, drawer_of(context))
    for index in shards:
        make_shard(directory, maker, index)


def beam(options: PipelineOptions) -> Callable[[Path, Plan, Sequence[int]], None]:
    """By Beam with these options."""

    def run(directory: Path, plan: Plan, shards: Sequence[int]) -> None:
        pipeline = new_pipeline(None, options)
        write_shards(pipeline, directory, plan, list(shards))
        run_pipeline(pipeline)

    return run


def spent(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time of this process and those that it has started."""
    before, start = _processor(), time.perf_counter()
    work()
    return time.perf_counter() - start, _processor() - before


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Measures and prints."""
    shards, rounds = (*map(int, sys.argv[1:]), *(32, 2)[len(sys.argv) - 1 :])
    sources = recorded_sources(open_recordings(DATASET), per_person=8, seed=0)
    plan = plan_of(Augmentation((1 + shards) * SHARD, dataset=DATASET, shard=SHARD), sources)
    ways = {
        "a bare loop": bare,
        "Beam, 1 thread": beam(local_options(1)),
        "Beam, 2 threads": beam(local_options(2)),
        "Beam, 2 processes": beam(PipelineOptions([], **PROCESSES)),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    with TemporaryDirectory() as folder:
        directory = Path(folder)
        plan.save(directory / WORK)
        sources.save(directory / WORK / SOURCES)
        bare(directory, plan, [0])
        for _ in range(rounds):
            for name, way in ways.items():
                times[name].append(spent(lambda way=way: way(directory, plan, range(1, 1 + shards))))
            print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB", file=sys.stderr, flush=True)
    report(times, shards * SHARD)


def report(times: dict[str, list[tuple[float, float]]], records: int) -> None:
    """Prints the table."""
    loop = min(times["a bare loop"])[0]
    print(f"{records:,} records a turn, {len(times['a bare loop'])} turns\n")
    print("| | faces a second | ms of processor time a face | time, of the bare loop's |")
    print("| --- | --- | --- | --- |")
    for name, turns in times.items():
        clock, processor = (min(column) for column in zip(*turns, strict=True))
        print(f"| {name} | {records / clock:.0f} | {1e3 * processor / records:.1f} | {clock / loop:.2f} |")


if __name__ == "__main__":
    main()
