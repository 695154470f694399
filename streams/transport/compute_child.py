"""The template that compute processes are forked from, and what such a process does.

The template imports, loads and warms what the stages need once, and then only forks: a process costs milliseconds, and
the tables are in memory once. It is a process of its own, without threads and without a connection, so that a fork
takes nothing along. Over its socket come the ends of two pipes for each process that is wanted; back goes how each
ended.

A compute process runs stages on record values that come by its pipe, under limits, until the pipe closes. Frames are a
4-byte length and MessagePack. First its pid; in: the stage and the values of a batch; out: `(done, results)`, where
results holds the outputs of the next records, in order; done ends the batch, early if its time is up. A page that takes
too long dies by SIGPROF, one that takes too much memory gets a MemoryError or takes the process with it: `compute.py`
sees to the rest.
"""

import logging
import os
import resource
import signal
import socket
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from streams.dedupe.state import Arrival
from streams.flow import WiringError
from streams.logs import to_stderr
from streams.memory import return_large_blocks, spare_garbage_collector
from streams.settings import MIB, Settings, settings
from streams.transport.pipes import ENDED, LENGTH_BYTES, READY, TOLD_BYTES, frame, read_frame
from streams.work import Output, Work, load_flow

# Results are handed over every 50 ms: a death costs no more than that to do again, and frames stay few.
FLUSH_SECONDS = 0.05
# What stages remember of words comes to 150 MiB in a thousand long pages, and stays there. But libxml2 keeps every name
# of an element or attribute that it has ever read, 60 bytes each: a process that has grown by more than this is
# replaced, and until then a page may take all that it may.
GROWN_BYTES = 250 * MIB
NOWHERE = Arrival(position="", ingested_at=0, version="")  # isolated stages have no state

Asked = bytes | tuple[str, bytes | None]  # a value, or the reason and the key of a take-down on its way, which has none


def serve(works: Mapping[str, Work], requests: BinaryIO, answers: BinaryIO, config: Settings) -> None:
    """Answer batches until the worker closes the pipe."""
    decode = msgspec.msgpack.Decoder(tuple[str, list[Asked]]).decode
    encode = msgspec.msgpack.Encoder().encode
    while (request := read_frame(requests)) is not None:
        stage, values = decode(request)
        work = works[stage]
        begin = flushed = time.monotonic()
        results: list[list[Output]] = []
        for number, value in enumerate(values):
            signal.setitimer(signal.ITIMER_PROF, config.page_cpu_seconds)
            outputs, _ = work(value, NOWHERE) if isinstance(value, bytes) else work(None, NOWHERE, *value)
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


def _live(works: Mapping[str, Work], pipes: Sequence[int], config: Settings) -> None:
    """Be a compute process, from the fork to the end."""
    code = 1
    requests, answers = pipes
    try:
        _limit_memory(GROWN_BYTES + config.page_memory_bytes)
        with os.fdopen(requests, "rb") as asked, os.fdopen(answers, "wb") as told:
            told.write(frame(os.getpid().to_bytes(LENGTH_BYTES)))
            told.flush()
            serve(works, asked, told, config)
        code = 0
    except BrokenPipeError:
        code = 0
    except BaseException:  # noqa: BLE001 - else it would go on as a second template
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _limit_memory(extra: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + extra
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _tell_ended(control: socket.socket) -> None:
    """Tell of the processes that have ended."""
    with suppress(ChildProcessError, ConnectionError):  # there is none; the worker is gone
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            control.sendall(ENDED.pack(ended[0], os.waitstatus_to_exitcode(ended[1])))


def main() -> None:
    """Fork processes for a flow's isolated stages, all or the ones named: FLOW [STAGE…]."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the worker drains first, then closes the pipes
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    control = socket.socket(fileno=os.dup(0))
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)  # no process that is forked may hold the socket: the worker sees it close
    os.dup2(2, 1)  # what a library prints is no output of the worker's
    config = settings()
    # What libraries say of pages is in no outcome, and strangers' words are no log.
    to_stderr("critical", config.log_format)
    logging.captureWarnings(capture=True)
    try:
        flow = load_flow(sys.argv[1])
        stages = [flow[name] for name in sys.argv[2:]] or list(flow)
    except WiringError as error:
        with suppress(ConnectionError):  # the worker is gone: it has seen for itself
            control.sendall(str(error).encode()[:TOLD_BYTES])
        return
    stages = [stage for stage in stages if stage.is_isolated(config)]
    if not stages:
        return
    version = flow.pipeline_version(config)
    works = {stage.name: Work(stage, config, version) for stage in stages}
    for stage in stages:
        if stage.warm:
            stage.warm()
    return_large_blocks()
    spare_garbage_collector()
    signal.signal(signal.SIGCHLD, lambda *_: _tell_ended(control))
    with suppress(ConnectionError):
        control.sendall(READY)
    while pipes := socket.recv_fds(control, 1, 2)[1]:
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            _live(works, pipes, config)
        for pipe in pipes:
            os.close(pipe)
    os._exit(0)  # the worker is gone; the processes see their pipes close


if __name__ == "__main__":
    main()
