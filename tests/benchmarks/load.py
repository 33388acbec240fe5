"""A closed loop of requests against this machine only: so many of them, each when the one before is answered."""

import http.client
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from itertools import cycle


@dataclass(frozen=True)
class Figures:
    """What was measured: requests per second, and seconds at the median and at 19 of 20."""

    per_second: float
    p50: float
    p95: float


@dataclass(frozen=True)
class Page:
    """A page as those with the cookies see it, and what the table calls it."""

    label: str
    path: str
    cookies: Sequence[str]


def ask_in_turn(
    port: int, host: str, pages: Sequence[Page], *, rounds: int, requests: int, clients: int
) -> list[Figures]:
    """Ask for each page in turn, round by round, and give the medians: what else the machine does falls on all."""
    for page in pages:
        ask(port, host, page.path, page.cookies, requests=requests // 2, clients=clients)
    taken = [
        [ask(port, host, page.path, page.cookies, requests=requests, clients=clients) for page in pages]
        for _round in range(rounds)
    ]
    return [_medians(of_page) for of_page in zip(*taken, strict=True)]


def _medians(figures: Sequence[Figures]) -> Figures:
    return Figures(*(statistics.median(each) for each in zip(*map(astuple, figures), strict=True)))


def ask(port: int, host: str, path: str, cookies: Sequence[str], *, requests: int, clients: int) -> Figures:
    """Send so many requests over `clients` connections, each citizen in turn. RuntimeError unless all are 200."""
    taken: list[float] = []
    lock = threading.Lock()
    turns = cycle(cookies)

    def one_client(count: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for _ in range(count):
            with lock:
                cookie = next(turns)
            before = time.perf_counter()
            connection.request("GET", path, headers={"Host": f"{host}:{port}", "Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status}")
            taken.append(time.perf_counter() - before)
        connection.close()

    threads = [threading.Thread(target=one_client, args=(requests // clients,)) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if len(taken) != requests // clients * clients:
        raise RuntimeError(f"{path}: only {len(taken)} answers")
    return Figures(len(taken) / seconds, statistics.median(taken), statistics.quantiles(taken, n=20)[18])
