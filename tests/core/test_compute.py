"""Compute processes: a page that hangs, crashes or kills takes nothing else along."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client import REGISTRY

from streams.errors import ErrorCode
from streams.events import Article
from streams.settings import Settings
from streams.transport import compute as compute_module
from streams.transport.compute import Compute
from streams.transport.compute_child import Asked
from streams.transport.compute_process import ComputeError
from streams.transport.headers import TRIED_TWICE
from streams.work import Output
from tests.core.flows import failing

FLOW = "tests.core.flows:failing"
CLEAN = failing["clean"]
STDERR = 2
NO_VALUE = ("", None)  # what is asked about a raw record without one


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What the processes inherit: where the flow is found, and a short limit."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("NEWSFLOW_PAGE_CPU_SECONDS", "0.1")
    return monkeypatch


def _page(name: str, body: str = "text", crawler: str = "") -> bytes:
    return msgspec.json.encode({"url": name, "body": body, "crawler": {"name": crawler}})


def _with(scene: Callable[[Compute], Awaitable[Any]], flow: str = FLOW, processes: int = 1) -> Any:
    async def run() -> Any:
        compute = Compute([CLEAN], Settings(flow=flow, compute_processes=processes))
        try:
            await compute.start()
            return await scene(compute)
        finally:
            await compute.stop()

    return asyncio.run(run())


def _told(results: Sequence[list[Output]]) -> list[str]:
    """The pages' names, or what became of them."""
    return [
        output.code or str(msgspec.json.decode(output.value or b"", type=Article).url).rsplit("/", maxsplit=1)[-1]
        for [output] in results
    ]


def _retries() -> float:
    return REGISTRY.get_sample_value("newsflow_retries_total", {"stage": "clean"}) or 0.0


async def _all(compute: Compute, values: Sequence[Asked]) -> list[list[list[Output]]]:
    """Run all values as a batch runner does: what is left goes in again."""
    runs: list[list[list[Output]]] = []
    while sum(map(len, runs)) < len(values):
        runs.append(await compute.run(CLEAN, values[sum(map(len, runs)) :]))
        assert runs[-1]
    return runs


def test_bad_pages_in_a_batch_are_dead_letters_in_their_places_and_nothing_else_is() -> None:
    values: list[Asked] = [
        _page("1"),
        NO_VALUE,
        _page("2"),
        _page("bad", "bug"),
        _page("3"),
        _page("bad", "exit"),
        _page("4"),
    ]
    values += [
        _page("bad", "memory"),
        _page("5"),
        _page("bad", "killed"),
        _page("6"),
        _page("bad", "endless"),
        _page("7"),
    ]

    first, second, third = _with(lambda compute: _all(compute, values))
    # A batch that loses its process is committed up to the page that took it along.
    assert _told(first) == ["1", "decode_json", "2", "bug", "3", "bug", "4", "crash", "5", "crash"]
    assert _told(second) == ["6", "timeout"]
    assert _told(third) == ["7"]
    [killed], [slow] = first[-1], second[-1]
    assert (killed.code, killed.error, killed.message) == (
        ErrorCode.CRASH,
        TRIED_TWICE,
        "the compute process died: SIGKILL",
    )
    assert (slow.code, slow.error, slow.message) == (
        ErrorCode.TIMEOUT,
        TRIED_TWICE,
        "the page took more than its CPU time",
    )


def test_a_process_that_dies_by_no_pages_fault_costs_no_record() -> None:
    async def scene(compute: Compute) -> tuple[list[list[Output]], float, list[list[Output]], int]:
        [process] = compute._processes
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        after_idle, tried_again = await compute.run(CLEAN, [_page("1")]), _retries()
        [process] = compute._processes
        running = asyncio.ensure_future(compute.run(CLEAN, [_page("2", "nap"), _page("3")]))
        await asyncio.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        return after_idle, tried_again, await running, len(compute._processes)

    before = _retries()
    after_idle, tried_again, busy, processes = _with(scene)
    assert (_told(after_idle), _told(busy), processes) == (["1"], ["2", "3"], 1)
    assert (tried_again, _retries()) == (before, before + 2)


def test_a_process_that_pages_have_made_large_is_replaced_before_it_fails_innocent_ones(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("NEWSFLOW_PAGE_CPU_SECONDS", "5")  # to fill the memory takes a tenth of a second

    async def scene(compute: Compute) -> tuple[list[list[Output]], bool, bool]:
        [process] = compute._processes
        results = await compute.run(CLEAN, [_page("1"), _page("2", "kept"), _page("3")])
        living = process.living
        results += await compute.run(CLEAN, [_page("4")])
        await asyncio.wait_for(process.wait(), 5)
        return results, living, compute._processes[0].living

    before = _retries()
    results, living, replaced = _with(scene)
    assert (_told(results), living, replaced) == (["1", "2", "3", "4"], True, True)
    assert _retries() == before


def test_a_page_that_dies_alone_gets_one_more_try_and_those_done_before_it_are_not_done_again(tmp_path: Path) -> None:
    lives = tmp_path / "lives"
    lives.touch()
    values = [*(_page(str(number), "nap") for number in range(4)), _page("4", "killed twice", str(lives)), _page("5")]
    assert _told(_with(lambda compute: compute.run(CLEAN, values))) == ["0", "1", "2", "3", "4", "5"]
    assert lives.read_text() == "..."


def test_a_batch_ends_early_when_its_time_is_up(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("NEWSFLOW_BATCH_SECONDS", "0.05")
    values = [_page(str(number), "nap") for number in range(10)]
    runs = _with(lambda compute: _all(compute, values))
    assert all(1 <= len(run) <= 4 for run in runs)
    assert _told([result for run in runs for result in run]) == [str(number) for number in range(10)]


def test_batches_share_the_processes_and_stop_leaves_none_of_them() -> None:
    async def scene(compute: Compute) -> tuple[list[list[list[Output]]], list[int]]:
        results = await asyncio.gather(*(compute.run(CLEAN, [_page(str(number))]) for number in range(5)))
        busy = asyncio.ensure_future(compute.run(CLEAN, [_page("bad", "nap")] * 400))
        await asyncio.sleep(0.02)
        processes = [process.pid for process in compute._processes]
        await asyncio.wait_for(compute.stop(), 2)
        busy.cancel()
        await asyncio.wait([busy])
        return results, processes

    results, processes = _with(scene, processes=2)
    assert [_told(result) for result in results] == [[str(number)] for number in range(5)]
    assert len(processes) == 2
    for pid in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_process_heeds_no_signal_knows_no_secret_and_ends_when_its_pipe_closes(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("KAFKA_SASL_PASSWORD", "h4rb0ur")

    async def scene(compute: Compute) -> tuple[str, list[list[Output]], bool, int]:
        [process] = compute._processes
        inherited = await asyncio.to_thread(Path(f"/proc/{process.pid}/environ").read_text)
        for number in (signal.SIGTERM, signal.SIGINT):
            os.kill(process.pid, number)
        await asyncio.sleep(0.02)
        results = await compute.run(CLEAN, [_page("1")])
        same = compute._processes == [process] and process.living
        process.close()
        return inherited, results, same, await asyncio.wait_for(process.wait(), 5)

    inherited, results, same, status = _with(scene)
    assert (_told(results), same, status) == (["1"], True, 0)
    assert "NEWSFLOW_PAGE_CPU_SECONDS=0.1" in inherited
    assert "KAFKA_" not in inherited


def test_a_page_that_waits_without_computing_is_ended_too(environment: pytest.MonkeyPatch) -> None:
    environment.setattr(compute_module, "WALL_SECONDS", 0.2)

    async def scene(compute: Compute) -> tuple[list[list[Output]], int]:
        [process] = compute._processes
        os.kill(process.pid, signal.SIGSTOP)
        return await compute.run(CLEAN, [_page("1")]), await process.wait()

    results, status = _with(scene)
    assert (_told(results), status) == (["1"], -signal.SIGKILL)


def test_a_batch_that_is_not_wanted_when_its_turn_comes_is_not_begun() -> None:
    async def scene(compute: Compute) -> tuple[list[list[Output]], list[list[Output]]]:
        before = asyncio.ensure_future(compute.run(CLEAN, [_page("1", "nap")]))
        await asyncio.sleep(0)
        left = asyncio.ensure_future(compute.run(CLEAN, [_page("2")], lambda: False))
        return await before, await left

    first, second = _with(scene)
    assert (_told(first), second) == (["1"], [])


def test_a_pool_without_its_template_says_so_and_does_not_hang() -> None:
    async def scene(compute: Compute) -> None:
        template = compute._template._process
        assert template is not None
        busy = asyncio.ensure_future(compute.run(CLEAN, [_page("1", "nap"), _page("2", "killed")]))
        await asyncio.sleep(0.005)
        template.kill()
        for running in (busy, compute.run(CLEAN, [_page("3")])):
            with pytest.raises(ComputeError, match="the process that compute processes are forked from has ended"):
                await asyncio.wait_for(running, 5)

    _with(scene, processes=2)


def _held(pid: int) -> dict[int, str]:
    return {int(each.name): str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()}


def test_a_process_holds_nothing_of_the_worker_but_its_own_pipes() -> None:
    async def scene(compute: Compute) -> list[dict[int, str]]:
        await compute.run(CLEAN, [_page("1", "killed")])  # one is made while the others live
        return [_held(process.pid) for process in compute._processes]

    for held in _with(scene, processes=3):
        own = [what for number, what in held.items() if number > STDERR]
        assert (held[0], len(own)) == ("/dev/null", 2)
        assert all(what.startswith("pipe:") for what in own)


def test_a_flow_that_does_not_load_is_told_and_not_waited_for(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ComputeError, match=r"do not start: .*No module named 'tests\.core\.nowhere'"):
        _with(lambda compute: compute.run(CLEAN, []), flow="tests.core.nowhere:flow")
    assert not capfd.readouterr().err  # the worker has said it before: it loads the flow, too
