"""CPU time of `rlhs -c 'print 1'`, from nothing to the end: the median of 50 runs."""
import os
import resource
import statistics
import subprocess
import tempfile

RUNS = 50


def cpu_seconds_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


with tempfile.TemporaryDirectory() as folder:
    samples = []
    for _ in range(RUNS):
        before = cpu_seconds_of_children()
        result = subprocess.run(
            [os.environ["RLHS_BINARY"], "-c", "print 1"], cwd=folder, capture_output=True, check=True
        )
        samples.append(cpu_seconds_of_children() - before)
        assert result.stdout == b"1\n", result.stdout
    opened = os.path.exists(os.path.join(folder, ".rlhs"))

print(f"print 1: median {statistics.median(samples) * 1000:.1f} ms of CPU, "
      f"max {max(samples) * 1000:.1f} ms, {RUNS} runs; store opened: {'yes' if opened else 'no'}")
