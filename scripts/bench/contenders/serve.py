"""The contender's side of the bench: one line with a number of operations in, the nanoseconds they took out."""
import sys
import time


def serve(batch):
    for line in sys.stdin:
        n = int(line)
        start = time.perf_counter_ns()
        batch(n)
        print(time.perf_counter_ns() - start, flush=True)
