"""Which phase of the work words speak of: headings, comments, names."""

import re
from functools import cache

from nbpipe.knowledge.tables import document

Phrase = tuple[str, ...]


@cache
def phase_of_words(text: str) -> dict[str, float]:
    """How strongly the words of a heading, comment or name speak of each phase (`training`: 3.0); phases that they do not speak of are left out."""
    words = _words(text)
    scores: dict[str, float] = {}
    position = 0
    while position < len(words):
        fitting = [phrase for phrase in _phrases().get(words[position][0], ()) if _begins(words, position, phrase[0])]
        if not fitting:
            position += 1
            continue
        phrase, phase, weight = max(fitting, key=lambda entry: (len(entry[0]), sum(map(len, entry[0]))))
        if weight > 0:
            scores[phase] = scores.get(phase, 0.0) + weight
        position += len(phrase)
    return scores


@cache
def _phrases() -> dict[str, list[tuple[Phrase, str, float]]]:
    """The phrases of the table with their phases and weights, by the letter that they begin with."""
    phrases: dict[str, list[tuple[Phrase, str, float]]] = {}
    for phase, weights in document("phases").items():
        for text, weight in weights.items():
            phrases.setdefault(text[0], []).append((tuple(text.split()), phase, float(weight)))
    return phrases


def _words(text: str) -> list[str]:
    """Lower-case words; names are taken apart at underscores and where a capital follows a small letter."""
    return re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower())


def _begins(words: list[str], position: int, phrase: Phrase) -> bool:
    """Whether the words from this position on begin like those of the phrase."""
    following = words[position : position + len(phrase)]
    return len(following) == len(phrase) and all(word.startswith(start) for word, start in zip(following, phrase, strict=True))
