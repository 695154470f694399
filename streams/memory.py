"""How the processes that live long look after their memory."""

import ctypes
import gc

M_MMAP_THRESHOLD = -3  # malloc.h
# Below the smallest array of an index of a million rows (4 MB), above what comes and goes with each batch: at 1 MiB the
# kernel clears pages for every fetch, which cost the bench 80 µs an article.
LARGE_BYTES = 3_500_000


def spare_garbage_collector() -> None:
    """Have Python's cycle collector look seldom, and never at what is loaded by now.

    Batches are thousands of acyclic objects, freed by reference counts. At Python's own thresholds (700, 10, 10) the
    collector walks them again and again: reading 500 records took 60 µs each, against 8 µs with these.
    """
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def return_large_blocks() -> None:
    """Have the C library give blocks of LARGE_BYTES and more back to the system when they are freed.

    glibc raises that bound up to 32 MiB with the sizes that it meets (mallopt(3)), and then keeps such blocks in its
    heap: after eight rebalances, each with a new index, a worker held 500 MiB, against 340 with a bound.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none, and does so by itself
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
