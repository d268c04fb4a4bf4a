"""A bad line to a resolver: slow, lossy, and with name servers behind it that never answer."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections import deque
from dataclasses import dataclass, field

HOST = "127.0.0.1"
DEAD_EVERY = 33  # one body of the bulk zone in so many: 3 %
DRAIN = 64  # packets read at a time
BEHIND = 32  # questions at once at the server behind: more in a burst overflow its buffer, which is no part of the line


def dead(number: int) -> bool:
    """Whether the servers of a body of the bulk zone never answer."""
    return number % DEAD_EVERY == 7


@dataclass
class Line:
    """A UDP proxy: seconds of a `round_trip`, the share of packets lost each way. `seen`: questions that came in;
    `under_way`: those whose answer has not left yet; `most`: of these, ever."""

    upstream: int
    round_trip: float
    loss: float
    rng: random.Random
    seen: int = 0
    lost: int = 0
    under_way: int = 0
    most: int = 0
    _behind: int = 0
    _waiting: deque[tuple[bytes, tuple[str, int]]] = field(default_factory=deque)
    _backs: dict[tuple[str, int], socket.socket] = field(default_factory=dict)

    def start(self, port: int) -> None:
        """Listen, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._near = _socket()
        self._near.bind((HOST, port))
        self._loop.add_reader(self._near, self._queries)

    def close(self) -> None:
        """Stop; what is on its way gets nowhere."""
        for side in [self._near, *self._backs.values()]:
            self._loop.remove_reader(side)
            side.close()

    def _queries(self) -> None:
        for _ in range(DRAIN):
            try:
                data, addr = self._near.recvfrom(4096)
            except BlockingIOError:
                return
            self.seen += 1
            if self.rng.random() < self.loss:
                self.lost += 1
                continue
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            if b"ville-" in data and dead(int(data.partition(b"ville-")[2][:6])):
                self._loop.call_later(self.round_trip, self._gone)
            else:
                self._loop.call_later(self.round_trip / 2, self._on, data, addr)

    def _gone(self) -> None:
        self.under_way -= 1

    def _on(self, data: bytes, addr: tuple[str, int]) -> None:
        self._waiting.append((data, addr))
        self._forward()

    def _forward(self) -> None:
        while self._waiting and self._behind < BEHIND:
            data, addr = self._waiting.popleft()
            if addr not in self._backs:
                far = self._backs[addr] = _socket()
                far.connect((HOST, self.upstream))
                self._loop.add_reader(far, self._answers, far, addr)
            self._backs[addr].send(data)
            self._behind += 1

    def _answers(self, far: socket.socket, addr: tuple[str, int]) -> None:
        for _ in range(DRAIN):
            try:
                data = far.recv(4096)
            except BlockingIOError:
                return
            self._behind -= 1
            self._loop.call_later(self.round_trip / 2, self._back, data, addr)
            self._forward()

    def _back(self, data: bytes, addr: tuple[str, int]) -> None:
        self.under_way -= 1
        if self.rng.random() < self.loss:
            self.lost += 1
        else:
            with contextlib.suppress(OSError):  # the client has gone
                self._near.sendto(data, addr)


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    return made
