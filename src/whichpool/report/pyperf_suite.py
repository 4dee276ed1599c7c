"""The samples as a pyperf suite, which ``python -m pyperf compare_to``, ``hist`` and ``stats`` read."""

from pathlib import Path

import pyperf

from whichpool.values import Entry, Record


def write_pyperf(record: Record, path: Path) -> bool:
    """Write the counted samples: a benchmark for each strategy, in it a run for each fresh process.

    Args:
        record: Where the samples are.
        path: The file; it is written over.

    Returns:
        Whether anything was written: a suite of pyperf's cannot be empty, so before the first counted round it is not.
    """
    benchmarks = [_benchmark(record, entry) for entry in record.entries if _counted_s(entry)]
    if not benchmarks:
        return False
    pyperf.BenchmarkSuite(benchmarks).dump(str(path), replace=True)
    return True


def _benchmark(record: Record, entry: Entry) -> pyperf.Benchmark:
    metadata = {
        "name": str(entry.strategy),
        "unit": "second",
        "loops": 1,
        "inner_loops": 1,
        "description": f"one job of {record.workload.name}, {record.facts.items} items{_how(record)}",
        "python_version": record.facts.python,
    }
    return pyperf.Benchmark(
        [pyperf.Run([job_s], metadata=metadata, collect_metadata=False) for job_s in _counted_s(entry)]
    )


def _counted_s(entry: Entry) -> list[float]:
    return [job_s for sample, job_s in zip(entry.samples, entry.whole_job_s, strict=True) if sample.round]


def _how(record: Record) -> str:
    return ", forecast from draws" if record.measured_items < record.facts.items else ""
