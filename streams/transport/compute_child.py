"""A compute process: runs one stage on record values that come by a pipe, under limits, until the pipe closes.

Frames are a 4-byte length and MessagePack. In: the values of a batch. Out: `(done, results)`, where results holds the
outputs of the next records, in order; done ends the batch, early if its time is up. A page that takes too long dies by
SIGPROF, one that takes too much memory gets a MemoryError or takes the process with it: `compute.py` sees to the rest.
"""

import fcntl
import logging
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from streams.dedupe.state import Arrival
from streams.logs import to_stderr
from streams.memory import return_large_blocks, spare_garbage_collector
from streams.settings import Settings, settings
from streams.work import Output, Work, load_flow

LENGTH_BYTES = 4
# Results are handed over every 50 ms: a death costs no more than that to do again, and frames stay few.
FLUSH_SECONDS = 0.05
PIPE_BYTES = 2**20  # Linux' most without privileges: answers go in one write, not in a dozen with a wake-up each
NOWHERE = Arrival(position="", ingested_at=0, version="")  # isolated stages have no state


def read_frame(pipe: BinaryIO) -> bytes | None:
    """Read one frame; None when the other side is gone."""
    head = pipe.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    size = int.from_bytes(head)
    body = pipe.read(size)
    return body if len(body) == size else None


def frame(body: bytes) -> bytes:
    """Put a length before a body."""
    return len(body).to_bytes(LENGTH_BYTES) + body


def serve(work: Work, requests: BinaryIO, answers: BinaryIO, config: Settings) -> None:
    """Answer batches until the parent closes the pipe."""
    decode = msgspec.msgpack.Decoder(list[bytes | None]).decode
    encode = msgspec.msgpack.Encoder().encode
    while (request := read_frame(requests)) is not None:
        values = decode(request)
        begin = flushed = time.monotonic()
        results: list[list[Output]] = []
        for number, value in enumerate(values):
            signal.setitimer(signal.ITIMER_PROF, config.page_cpu_seconds)
            outputs, _ = work(value, NOWHERE)
            results.append(outputs)
            now = time.monotonic()
            done = number + 1 == len(values) or now - begin > config.batch_seconds
            if done or now - flushed > FLUSH_SECONDS:
                answers.write(frame(encode((done, results))))
                answers.flush()
                flushed, results = now, []
            if done:
                break
        signal.setitimer(signal.ITIMER_PROF, 0)


def _limit_memory(extra: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + extra
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Serve the stage named on the command line: FLOW STAGE VERSION."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent drains first, then closes the pipe
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    with suppress(OSError):  # a pipe may be smaller where the system says so
        fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the frames
    config = settings()
    # What libraries say of pages is in no outcome, and strangers' words are no log.
    to_stderr("critical", config.log_format)
    logging.captureWarnings(capture=True)
    stage = load_flow(sys.argv[1])[sys.argv[2]]
    work = Work(stage, config, sys.argv[3])
    if stage.warm:
        stage.warm()
    return_large_blocks()
    spare_garbage_collector()
    _limit_memory(config.page_memory_bytes)
    answers.write(frame(b"ready"))
    answers.flush()
    try:
        serve(work, sys.stdin.buffer, answers, config)
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
