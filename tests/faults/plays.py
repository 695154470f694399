"""What is done to workers, brokers and the network while articles flow. Short: tests; long: `make faults`."""

import signal
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.faults.cluster import NODES, Cluster
from tests.faults.scene import Scene, new_stream, scene

Act = Callable[[], object]
ANY: tuple[str, ...] = ()  # a worker that runs all stages
EACH_STAGE = tuple(("--stage", name) for name in ("clean", "dedupe", "tag", "summarise"))


@dataclass(frozen=True)
class Play:
    """Workers, a load and what happens to them.

    Args:
        acts: what is done, once each in a shuffled order, and again until the time is over.
        workers: the arguments of each worker at the beginning.
        rate: pages a second. 60 are half of what two workers on two cores do here beside brokers and load.
        pause: the least and most seconds before an act.
        proxied: whether workers reach the brokers by the network that can be bad.
    """

    acts: Callable[[Scene, Cluster], list[Act]]
    workers: tuple[tuple[str, ...], ...] = (ANY, ANY)
    rate: float = 60.0
    pause: tuple[float, float] = (1.0, 6.0)
    proxied: bool = False


def _workers(now: Scene, _: Cluster) -> list[Act]:
    def one() -> int:
        return now.choose.randrange(len(now.workers))

    return [
        *[lambda: now.restart(now.workers[one()], signal.SIGKILL)] * 5,
        lambda: now.restart(now.workers[one()], signal.SIGTERM),
        lambda: now.suspend(now.workers[one()], 20.0),
        lambda: now.join(*ANY),
        lambda: now.leave(now.workers[one()]),
    ]


def _stages(now: Scene, _: Cluster) -> list[Act]:
    return [lambda: now.restart(now.workers[0], signal.SIGTERM)] * len(EACH_STAGE)  # the oldest: each in turn


def _brokers(now: Scene, cluster: Cluster) -> list[Act]:
    return [_away(now, cluster, 5.0, node) for node in NODES]  # leaders and coordinators of something, each of them


def _majority(now: Scene, cluster: Cluster) -> list[Act]:
    return [_away(now, cluster, 30.0, *now.choose.sample(NODES, 2)), _away(now, cluster, 1.0, *NODES)]


def _away(now: Scene, cluster: Cluster, seconds: float, *nodes: int) -> Act:
    def act() -> None:
        cluster.kill(*nodes)
        time.sleep(seconds)
        cluster.start(*nodes)
        cluster.await_whole()
        now.faults.append(f"{len(nodes)} of 3 brokers away {seconds:.0f} s")

    return act


def _network(now: Scene, cluster: Cluster) -> list[Act]:
    network = cluster.network

    def act(fault: str, state: AbstractContextManager[None], seconds: float) -> None:
        with state:
            time.sleep(seconds)
        now.faults.append(f"{fault} {seconds:.0f} s")

    return [
        lambda: act("100 ms slow", network.slow(0.1), 10.0),
        lambda: act("cut", network.cut(), 10.0),
        lambda: act("cut to the broker", network.cut(to_client=False), 10.0),
        lambda: act("cut from the broker", network.cut(to_broker=False), 10.0),
        lambda: act("cut", network.cut(), 2.0),
    ]


PLAYS: Mapping[str, Play] = {
    "workers": Play(_workers, workers=(ANY, ANY, ANY)),
    "rolling restart, stage by stage": Play(_stages, workers=EACH_STAGE),
    "a broker dies": Play(_brokers, pause=(6.0, 10.0)),
    "most brokers die": Play(_majority, pause=(6.0, 10.0)),
    "network": Play(_network, pause=(6.0, 10.0), proxied=True),
}


def perform(name: str, cluster: Cluster, directory: Path, seconds: float, seed: int) -> Scene:
    """Go through a play's acts, for at least so long, and close the books."""
    play = PLAYS[name]
    stream = new_stream(cluster.bootstrap, f"fault-{uuid4().hex[:8]}.", directory)
    if play.proxied:
        stream.environment["KAFKA_BOOTSTRAP"] = cluster.proxied
    with scene(stream, play.rate, seed, play.workers) as now:
        acts = play.acts(now, cluster)
        end = time.monotonic() + seconds
        first = True
        while first or time.monotonic() < end:
            now.choose.shuffle(acts)
            for act in acts:
                if first or time.monotonic() < end:
                    time.sleep(now.choose.uniform(*play.pause))
                    act()
            first = False
    return now
