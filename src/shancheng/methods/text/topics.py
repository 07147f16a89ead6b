"""What many people speak of at once: messages joined to topics one at a time, as they come in."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from shancheng.methods.text.errors import NotUsable, same_length
from shancheng.methods.text.grams import units

TOPICS_MAX = 20_000
"""Topics that are kept; beyond it the one that has been silent longest is given up."""
TERMS_MAX = 200
"""Terms of a message that count, the heaviest first."""
_WEIGHT_MIN = 1e-4
_COMMON_FROM = 50.0
"""Messages a term is held by before it can be called common."""

Terms = dict[str, float]


@dataclass(frozen=True)
class Hearing:
    """How messages become topics."""

    threshold: float = 0.15
    """Mean cosine with the messages of a topic from which on a message joins it."""
    half_life_s: float = 14 * 86_400.0
    """Time after which a message weighs half as much, in its topic's centre and in its heat."""
    silence_s: float = 45 * 86_400.0
    """A topic is given up after being silent so long."""
    units_max: int = 320
    """Units of a message that are read."""
    common: float = 0.2
    """Terms that a larger share of all messages held are left out."""

    def __post_init__(self) -> None:
        others = (self.half_life_s, self.silence_s, self.units_max, self.common)
        if not 0 < self.threshold < 1 or not all(other > 0 for other in others):
            raise NotUsable(f"Topics cannot be heard with {self}; a threshold lies between 0 and 1, the rest above 0.")


@dataclass(frozen=True)
class Topic:
    """A topic as it stands at an instant."""

    number: int
    heat: float
    """People who spoke of it, each once, by the age of the last time: 1 just now, 1/2 after a half-life."""
    people: int
    messages: int
    first: int
    last: int
    terms: tuple[str, ...]
    """The terms that weigh most."""


@dataclass
class _Cluster:
    number: int
    first: int
    last: int
    weight: float = 0.0
    """Messages, decayed to `last`."""
    messages: int = 0
    centre: Terms = field(default_factory=dict)
    """Sum of the messages' rows of unit length, decayed to `last`."""
    people: dict[int, int] = field(default_factory=dict)
    """When each last spoke."""


class Topics:
    """A stream of messages sorted into topics in one pass, by average link.

    The cosine of a message with a topic is the mean over the topic's messages, the newer weighing more; it is over the
    TF-IDF of pairs and threes of units, as of the messages so far. Unlike DBSCAN one step cannot chain two subjects
    together through a message between them. Nothing is drawn by chance: the same stream gives the same topics.
    """

    def __init__(self, hearing: Hearing | None = None) -> None:
        self.hearing = hearing or Hearing()
        self._clusters: dict[int, _Cluster] = {}
        self._holding: defaultdict[str, set[int]] = defaultdict(set)
        """Topics by the terms of their centres."""
        self._frequency: Counter[str] = Counter()
        self._heard = 0
        self._now = -(1 << 62)

    def hear(self, text: str, *, at: int, person: int) -> int:
        """Number of the topic a message joins or begins; `at` in seconds and not before the last one.

        `person` is a pseudonym: somebody who writes ten times heats a topic once. Raises NotUsable for a message from
        before the last one.
        """
        if at < self._now:
            raise NotUsable(
                f"A message of {at} comes after one of {self._now}; messages have to stand in order of time."
            )
        self._now = at
        row = self._row(text)
        cluster = self._nearest(row)
        if cluster is None:
            cluster = self._begin(at)
        self._join(cluster, row, at, person)
        return cluster.number

    def hottest(self, at: int, most: int = 10, people_min: int = 2) -> list[Topic]:
        """The topics that most people speak of at an instant, the hottest first."""
        found = [self._topic(cluster, at) for cluster in self._clusters.values() if len(cluster.people) >= people_min]
        return sorted(found, key=lambda topic: (-topic.heat, topic.number))[:most]

    def _row(self, text: str) -> Terms:
        """Terms of a message with their weights, of unit length; the message is counted."""
        counts = Counter(_terms(units(text)[: self.hearing.units_max]))
        self._heard += 1
        self._frequency.update(counts.keys())
        often = max(_COMMON_FROM, self.hearing.common * self._heard)
        weights = {
            term: (1 + math.log(count)) * math.log((1 + self._heard) / self._frequency[term])
            for term, count in counts.items()
            if self._frequency[term] <= often
        }
        heaviest = sorted(weights, key=lambda term: (-weights[term], term))[:TERMS_MAX]
        length = math.sqrt(sum(weights[term] ** 2 for term in heaviest)) or 1.0
        return {term: weights[term] / length for term in heaviest}

    def _nearest(self, row: Terms) -> _Cluster | None:
        products: defaultdict[int, float] = defaultdict(float)
        for term, weight in row.items():
            for number in self._holding.get(term, ()):
                products[number] += weight * self._clusters[number].centre[term]
        best, best_cosine = None, self.hearing.threshold
        for number, product in sorted(products.items()):
            cluster = self._clusters[number]
            cosine = product / cluster.weight
            if self._now - cluster.last <= self.hearing.silence_s and cosine >= best_cosine:
                best, best_cosine = cluster, cosine
        return best

    def _begin(self, at: int) -> _Cluster:
        if len(self._clusters) >= TOPICS_MAX or self._heard % 1_000 == 0:
            self._forget(at)
        cluster = _Cluster(self._heard, at, at)
        self._clusters[cluster.number] = cluster
        return cluster

    def _forget(self, at: int) -> None:
        silent = [cluster for cluster in self._clusters.values() if at - cluster.last > self.hearing.silence_s]
        if len(self._clusters) - len(silent) >= TOPICS_MAX:
            silent.append(min(self._clusters.values(), key=lambda cluster: (cluster.last, cluster.number)))
        for cluster in {cluster.number: cluster for cluster in silent}.values():
            del self._clusters[cluster.number]
            for term in cluster.centre:
                self._drop(term, cluster.number)

    def _drop(self, term: str, number: int) -> None:
        self._holding[term].discard(number)
        if not self._holding[term]:
            del self._holding[term]

    def _join(self, cluster: _Cluster, row: Terms, at: int, person: int) -> None:
        fading = 0.5 ** ((at - cluster.last) / self.hearing.half_life_s)
        centre = {term: weight * fading for term, weight in cluster.centre.items()}
        for term, weight in row.items():
            centre[term] = centre.get(term, 0.0) + weight
            self._holding[term].add(cluster.number)
        cluster.weight = cluster.weight * fading + 1
        faded = [term for term, weight in centre.items() if weight < _WEIGHT_MIN * cluster.weight]
        for term in faded:
            del centre[term]
            self._drop(term, cluster.number)
        cluster.centre, cluster.last, cluster.messages = centre, at, cluster.messages + 1
        cluster.people[person] = at

    def _topic(self, cluster: _Cluster, at: int) -> Topic:
        heat = sum(0.5 ** ((at - spoke) / self.hearing.half_life_s) for spoke in cluster.people.values())
        heaviest = sorted(cluster.centre, key=lambda term: (-cluster.centre[term], term))
        return Topic(
            cluster.number,
            heat,
            len(cluster.people),
            cluster.messages,
            cluster.first,
            cluster.last,
            tuple(heaviest[:8]),
        )


def best_f1(truth: Sequence[int], found: Sequence[int]) -> float:
    """Mean over the true topics (numbers >= 0) of the best F1 that any found topic has with it; NaN without any.

    `truth`, `found` int[n], a number for each message. Raises WrongShape where they differ in length.
    """
    same_length(truths=truth, topics=found)
    true_sizes, sizes = Counter(truth), Counter(found)
    both = Counter(zip(truth, found, strict=True))
    best: defaultdict[int, float] = defaultdict(float)
    for (topic, cluster), hits in both.items():
        best[topic] = max(best[topic], 2 * hits / (true_sizes[topic] + sizes[cluster]))
    scores = [score for topic, score in best.items() if topic >= 0]
    return sum(scores) / len(scores) if scores else math.nan


def _terms(read: list[str]) -> list[str]:
    pairs = ["".join(pair) if _unspaced(pair) else " ".join(pair) for pair in pairwise(read)]
    return pairs + ["".join(three) for three in zip(read, read[1:], read[2:], strict=False) if _unspaced(three)]


def _unspaced(run: Sequence[str]) -> bool:
    return all(len(unit) == 1 and ord(unit) >= 0x3040 for unit in run)
