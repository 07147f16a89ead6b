"""Which class a short text belongs to, learnt from labelled texts alone, and whether the answer may stand by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import LinearSVC

from shancheng.methods.given import whole_numbers
from shancheng.methods.text.abstain import Sureness, learn_sureness
from shancheng.methods.text.errors import NothingToLearn, NotUsable, WrongShape, same_length
from shancheng.methods.text.grams import Corpus, Reading, Vocabulary, read

FOLDS = 5
"""Parts into which the texts are cut to learn how sure an answer has to be."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """What can be chosen before learning."""

    reading: Reading = field(default_factory=Reading)
    cost: float = 1.0
    """C of the support vector machines: larger keeps closer to the texts learnt from."""

    def __post_init__(self) -> None:
        if not self.cost > 0:
            raise NotUsable(f"The cost of a mistake is above 0, not {self.cost}.")


TRIED = tuple(
    Settings(Reading(opening=opening, boost=boost, texts_min=texts_min), cost)
    for opening, boost, texts_min, cost in (
        (0, 0.0, 2, 0.3),
        (0, 2.0, 2, 0.3),
        (0, 2.0, 8, 1.0),
        (24, 0.0, 8, 1.0),
        (24, 2.0, 2, 0.3),
        (24, 2.0, 8, 1.0),
        (24, 2.0, 8, 0.5),
        (24, 4.0, 8, 1.0),
    )
)
"""Settings among which `choose` picks by default, plain ones among them that give the beginning no weight."""


@dataclass(frozen=True)
class Answer:
    """The class of one text, the next best one, and whether the first may be acted on unasked."""

    label: str
    second: str
    margin: float
    """Its score less that of the second."""
    chance: float
    """That it is right; NaN where nothing of the text is known."""
    alone: bool


@dataclass(frozen=True)
class Classifier:
    """A linear classifier: score = row of the text . weights + offsets."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Floats
    """float64[keys, labels]"""
    offsets: Floats
    """float64[labels]"""
    sureness: Sureness
    """How likely an answer is right, and from which chance on it stands alone."""

    def scores(self, texts: Sequence[str]) -> Floats:
        """float64[texts, labels], the highest is the answer; about as wide as the scores of held-out texts were."""
        return np.asarray(self.vocabulary.rows(texts) @ self.weights) + self.offsets

    def classify(self, text: str) -> Answer:
        """The answer for one text; one without any known run is answered by the offsets and never stands alone."""
        row = self.vocabulary.rows([text])
        score = np.asarray(row @ self.weights)[0] + self.offsets
        second, best = np.argsort(score, kind="stable")[-2:]
        margin, known = float(score[best] - score[second]), bool(row.nnz)
        chance = float(self.sureness.chances(score[None, :])[0]) if known else np.nan
        alone = known and bool(self.sureness.alone(score[None, :])[0])
        return Answer(self.labels[best], self.labels[second], margin, chance, alone)

    def reasons(self, text: str, label: str, most: int = 5) -> list[tuple[str, float]]:
        """The runs of a text that speak most for a label, with their share of its score."""
        row, column = self.vocabulary.rows([text]), self.labels.index(label)
        spoken = row.data * self.weights[row.indices, column]
        return [(self.vocabulary.run(int(row.indices[at])), float(spoken[at])) for at in np.argsort(-spoken)[:most]]


def learn(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    groups: ArrayLike,
    seed: int,
    settings: Settings | None = None,
    accuracy: float = 0.98,
) -> Classifier:
    """A classifier whose answers that stand alone are right in `accuracy` of the cases.

    Two one-against-rest classifiers are added after their scores were brought to one width: a linear support vector
    machine, and one on columns scaled by their naive Bayes log ratio, r = log((p / sum p) / (q / sum q)) with p, q = 1
    + texts with the run in and outside the class (S. Wang, C. D. Manning, "Baselines and bigrams", ACL 2012). Widths
    and sureness come from answers for texts that were not learnt from, in folds that keep a group together: `groups`
    int[n], near-duplicates share a number (see `duplicate_groups`). The same seed gives the same classifier.
    Raises NothingToLearn where there are fewer than two classes, or a class or all texts fewer than the folds, groups
    counted once; WrongShape where the three are not of one length; NotUsable where a group is no whole number.
    """
    settings = settings or Settings()
    names, number, group = _checked(texts, labels, groups)
    corpus = read(texts, settings.reading)
    simple, ratio = _held_out(corpus, number, group, len(names), settings.cost, seed)
    widths = float(simple.std()), float(ratio.std())
    found = simple / widths[0] + ratio / widths[1]
    words, rows = corpus.learnt(np.arange(len(texts)))
    (plain, plain_offset), (scaled, scaled_offset) = _members(rows, number, len(names), settings.cost, seed)
    return Classifier(
        names,
        words,
        plain / widths[0] + scaled / widths[1],
        plain_offset / widths[0] + scaled_offset / widths[1],
        learn_sureness(found, found.argmax(axis=1) == number, accuracy=accuracy),
    )


def choose(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    groups: ArrayLike,
    seed: int,
    among: Sequence[Settings] = TRIED,
    accuracy: float = 0.98,
) -> Settings:
    """The settings with the highest sum of macro-F1 and share that stands alone on texts that were held out.

    Arguments and errors as for `learn`; nothing but these texts is looked at.
    """
    names, number, group = _checked(texts, labels, groups)
    if not among:
        raise NotUsable("There are no settings to choose among; give at least one.")
    worth = []
    for settings in among:
        corpus = read(texts, settings.reading)
        simple, ratio = _held_out(corpus, number, group, len(names), settings.cost, seed)
        found = simple / simple.std() + ratio / ratio.std()
        best = found.argmax(axis=1)
        alone = learn_sureness(found, best == number, accuracy=accuracy).alone(found)
        worth.append(macro_f1(number, best, len(names)) + float(alone.mean()))
    return among[int(np.argmax(worth))]


def macro_f1(truth: ArrayLike, found: ArrayLike, classes: int) -> float:
    """Mean over classes 0 .. classes-1 of 2 hits / (rows of the class + answers of it); a class in neither counts 0.

    `truth`, `found` int[n]. Raises WrongShape where they differ in length, NotUsable for a class that there is not.
    """
    true, said = (whole_numbers(given, "classes", NotUsable).ravel() for given in (truth, found))
    same_length(truths=true, answers=said)
    both = np.concatenate([true, said])
    if classes < 1 or (both < 0).any() or (both >= classes).any():
        raise NotUsable(f"Classes are numbered from 0 to {classes - 1}, and there is at least one; look at both lists.")
    hits = np.bincount(true[true == said], minlength=classes)
    either = np.bincount(true, minlength=classes) + np.bincount(said, minlength=classes)
    return float((2 * hits / np.maximum(either, 1)).mean())


def _checked(texts: Sequence[str], labels: Sequence[str], groups: ArrayLike) -> tuple[tuple[str, ...], Ints, Ints]:
    group = whole_numbers(groups, "groups", NotUsable)
    if group.ndim != 1:
        raise WrongShape(f"Groups are one number for each text, not a table of shape {group.shape}.")
    same_length(texts=texts, labels=labels, groups=group)
    names, number, sizes = np.unique(np.asarray(labels, object).astype(str), return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise NothingToLearn(f"There is {len(names) or 'no'} class in {len(texts)} texts; at least two are needed.")
    if sizes.min() < FOLDS:
        scarce = names[sizes.argmin()]
        raise NothingToLearn(
            f"The class '{scarce}' has {sizes.min()} texts; at least {FOLDS} are needed, or leave it out."
        )
    if len(np.unique(group)) < FOLDS:
        raise NothingToLearn(
            f"The texts fall into {len(np.unique(group))} groups of near-duplicates; at least {FOLDS} are needed."
        )
    return tuple(str(name) for name in names), number.astype(np.int64), group


def _held_out(corpus: Corpus, number: Ints, group: Ints, classes: int, cost: float, seed: int) -> tuple[Floats, Floats]:
    """Scores of both members for every text by classifiers that saw neither it nor its near-duplicates."""
    simple, ratio = np.zeros((2, len(number), classes))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for seen, kept in folds.split(number, number, group):
        _, rows = corpus.learnt(seen)
        members = _members(rows[seen], number[seen], classes, cost, seed)
        simple[kept], ratio[kept] = (rows[kept] @ weights + offsets for weights, offsets in members)
    return simple, ratio


def _members(
    rows: sparse.csr_matrix, number: Ints, classes: int, cost: float, seed: int
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Weights and offsets of the plain machine and of the one on naive Bayes ratios."""
    ratios = _log_ratios(rows, number, classes)
    plain, scaled = (np.zeros((rows.shape[1], classes)) for _ in range(2))
    offsets = np.zeros((2, classes))
    for at in range(classes):
        plain[:, at], offsets[0, at] = _separate(rows, number == at, cost, seed)
        by_ratio = rows.copy()
        by_ratio.data = rows.data * ratios[rows.indices, at]
        weights, offsets[1, at] = _separate(by_ratio, number == at, cost, seed)
        scaled[:, at] = weights * ratios[:, at]
    return (plain, offsets[0]), (scaled, offsets[1])


def _separate(rows: sparse.csr_matrix, inside: NDArray[np.bool_], cost: float, seed: int) -> tuple[Floats, float]:
    machine = LinearSVC(C=cost, random_state=seed).fit(rows, inside)
    return machine.coef_[0], float(machine.intercept_[0])


def _log_ratios(rows: sparse.csr_matrix, number: Ints, classes: int) -> Floats:
    """float64[keys, classes]"""
    holds = sparse.csr_matrix((np.ones(len(rows.data)), rows.indices, rows.indptr), shape=rows.shape)
    member = sparse.csr_matrix((np.ones(len(number)), (number, np.arange(len(number)))), shape=(classes, len(number)))
    within = np.asarray((member @ holds).todense(), np.float64).T
    inside, outside = 1 + within, 1 + within.sum(axis=1, keepdims=True) - within
    ratios: Floats = np.log(inside / inside.sum(axis=0)) - np.log(outside / outside.sum(axis=0))
    return ratios
