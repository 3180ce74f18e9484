"""What traits, clusters and behaviours are called, from the knowledge files, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from poise.knowledge import Knowledge, load
from poise.knowledge.schema import Behaviour, Cluster, Trait

__all__ = ["Titles", "titles"]


@dataclass(frozen=True)
class Titles:
    """Names of everything that is measured, in the order in which the knowledge files have it.

    An id that the files do not know (a run made with other knowledge) stands for itself.
    """

    language: str
    clusters: Mapping[str, Cluster]
    traits: Mapping[str, Trait]
    behaviours: Mapping[str, Behaviour]

    def _in_language(self, text: Mapping[str, str]) -> str:
        return text.get(self.language) or text["en"]

    def trait(self, code: str) -> str:
        """Return the title of a trait or cluster."""
        entry = self.traits.get(code) or self.clusters.get(code)
        return self._in_language(entry.title) if entry else code

    def within(self, code: str) -> str:
        """Return the title of a trait or cluster as it stands within a sentence: without its capital."""
        title = self.trait(code)
        return title[:1].lower() + title[1:]

    def definition(self, code: str) -> str:
        """Return what an employer looks for in a trait; empty for clusters."""
        return self._in_language(self.traits[code].definition) if code in self.traits else ""

    def behaviour(self, code: str) -> str:
        """Return the title of a behaviour."""
        return self._in_language(self.behaviours[code].title) if code in self.behaviours else code

    def advice(self, code: str) -> str:
        """Return what would raise a behaviour, said to the person; empty where it is not known."""
        return self._in_language(self.behaviours[code].advice) if code in self.behaviours else ""

    def sign(self, code: str) -> str:
        """Return ``+`` where more of it is better, ``-`` where less is, ``0`` where it is neither."""
        return self.behaviours[code].sign if code in self.behaviours else "0"

    def unit(self, code: str) -> str:
        """Return the unit of a behaviour's rate."""
        return self.behaviours[code].unit if code in self.behaviours else "share"

    def members(self, code: str) -> list[str]:
        """Return the traits of a cluster, or the trait itself."""
        if code in self.clusters:
            return [trait.id for trait in self.traits.values() if trait.cluster == code]
        return [code]

    def acts(self, code: str) -> list[str]:
        """Return the behaviours of a trait or cluster."""
        traits = set(self.members(code))
        return [entry.id for entry in self.behaviours.values() if entry.trait in traits]

    def order(self, codes: list[str]) -> list[str]:
        """Return ``codes`` in the order of the knowledge files, each cluster before its traits, unknown ones last."""
        known = [code for cluster in self.clusters for code in (cluster, *self.members(cluster))]
        place = {code: position for position, code in enumerate(known)}
        return sorted(codes, key=lambda code: (place.get(code, len(known)), code))


def titles(language: str, known: Knowledge | None = None) -> Titles:
    """Return the titles in ``language`` (English where one has no translation) from ``known``, or what ships.

    Raises
    ------
    poise.knowledge.KnowledgeError
        If the shipped files were changed into something that cannot be used.
    """
    known = _shipped() if known is None else known
    return Titles(language, known.clusters, known.traits, known.behaviours)


@lru_cache(maxsize=1)
def _shipped() -> Knowledge:
    return load()
