"""Reading a store for hours: a pause in its service is waited for, and one object it can't give is told from that."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from cryptography.hazmat.primitives import hashes

from evidence_store.errors import StoreUnreachable
from evidence_store.objects import Objects, Stat

T = TypeVar("T")
Q = TypeVar("Q")

_ATTEMPTS = 2
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
_PATIENCE_S = 120.0


class Unreadable(Exception):
    """The store answers others, but does not give this object; says why in its own words."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one version really holds, read from front to end."""

    stat: Stat
    size: int
    sha256: str
    sm3: str


def patiently(
    objects: Objects,
    step: Callable[[], T],
    patience_s: float = _PATIENCE_S,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Take a step that reads from the store; again, while the store does not answer, for about `patience_s`.

    Raises Unreadable when a second attempt failed although the store answered in between, StoreUnreachable when it is
    away for longer, and whatever else the step raises.
    """
    attempts, waited, pause = 0, 0.0, _FIRST_PAUSE_S
    while True:
        try:
            return step()
        except StoreUnreachable as error:
            fault = error
        if answers(objects):
            attempts += 1
            if attempts == _ATTEMPTS:
                raise Unreadable(fault.reason) from fault
        elif waited > patience_s:
            raise fault
        sleep(pause)
        waited += pause
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def answers(objects: Objects) -> bool:
    """Does the store take a small question?"""
    try:
        objects.ping()
    except StoreUnreachable:
        return False
    return True


def read_through(objects: Objects, key: str, version_id: str) -> Content:
    """Read and hash one version without keeping it. Raises as `Objects.opened`."""
    sha256, sm3, size = hashlib.sha256(), hashes.Hash(hashes.SM3()), 0
    with objects.opened(key, version_id) as (stat, pieces):
        for piece in pieces:
            sha256.update(piece)
            sm3.update(piece)
            size += len(piece)
    return Content(stat, size, sha256.hexdigest(), sm3.finalize().hex())


def in_order(
    pool: ThreadPoolExecutor, step: Callable[[Q], T], questions: Iterable[Q], ahead: int
) -> Generator[tuple[Q, T]]:
    """Each question with its answer, in their order, while up to `ahead` of them are worked on in the pool's threads.

    Questions are taken in the caller's thread, no earlier than that. Whatever a step raises is raised at its turn.
    """
    waiting: deque[tuple[Q, Future[T]]] = deque()
    try:
        for question in questions:
            waiting.append((question, pool.submit(step, question)))
            if len(waiting) >= ahead:
                asked, answer = waiting.popleft()
                yield asked, answer.result()
        while waiting:
            asked, answer = waiting.popleft()
            yield asked, answer.result()
    finally:
        for _, answer in waiting:
            answer.cancel()
