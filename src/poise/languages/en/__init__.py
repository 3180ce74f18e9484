"""English, as it is written in chats and e-mails and transcribed from telephone calls, British and American.

Every property of :class:`poise.languages.Language` is a constant here. Spellings are folded before anything is
compared, so nothing below needs two spellings of one word.
"""

from __future__ import annotations

from poise.languages.en.spelling import CONTRACTIONS, VARIANTS, words
from poise.languages.language import Language

__all__ = ["LANGUAGE"]


def either(text: str) -> tuple[str, ...]:
    """Return the alternatives of ``text``, which stand between bars."""
    return tuple(text.split("|"))


FILLERS = frozenset(words("um umm ummm uhm uh uhh er err erm ehm"))
"""Hesitations. ``mm``, ``hm`` and ``hmm`` are not: alone they answer."""

NEGATORS = frozenset(
    words("""
    not never neither nor hardly barely scarcely without aren't can't couldn't didn't doesn't don't hadn't hasn't
    haven't isn't mightn't mustn't needn't shouldn't wasn't weren't won't wouldn't ain't
    """)
)
"""Words that turn round what follows. ``no`` is not one: at the telephone it opens an answer ("no i want a refund")."""

QUESTION_WORDS = frozenset(
    words(
        "who whom whose what what's who's where where's why how how's which can could would should shall may is are am "
        "does do"
    )
)
"""Question words and auxiliaries that open a question without a mark. Auxiliaries that more often open a
statement without its subject ("doesn't work", "was told", "will do", "have tried") are phrases of the signals."""

STOP_WORDS = (
    frozenset(
        words("""
    a about above actually after again against all almost also although always am among an and another any anybody
    anyone anything anyway are around as at away back be because been before being below between both but by came can
    come could did do does doing done down during each either else enough even ever every everybody everyone everything
    few for from further gave get gets getting give given go goes going gone gonna got gotta had has have having he her
    here hers herself hey hi hello him himself his how however i if in into is it its itself just kind know last less
    let like lot lots made make makes many may maybe me mean might mine more most much must my myself need neither
    next nice no nobody none nope nor not nothing now of off oh okay on once one only onto or other others ought our
    ours ourselves out over own per perhaps please put quite rather really right said same say says see seem seems
    shall she should since so some somebody someone something sort still such sure take taken tell than thank thanks
    that the their theirs them themselves then there these they thing things think this those though through thus till
    to today too toward under until up upon us use very via wanna want wants was way we well went were what whatever
    when where whether which while who whole whom whose why will with within without won would yeah yes yet you your
    yours yourself yourselves mm hm hmm mhm ah um uh er erm huh wow sorry sir madam ma'am miss
    """)
    )
    | CONTRACTIONS
)
"""Function words and the small change of talk."""

PLURAL_ENDINGS = ("sses", "ings", "ies", "ied", "ing", "'s", "ss", "ed", "es", "ly", "s", "y", "e")
"""Endings of nouns and verbs; ``y`` and ``e`` so that delivery meets deliveries, and charge meets charged."""

UNITS = words("one two three four five six seven eight nine ten eleven twelve")
TENS = words("fifteen twenty thirty forty fifty sixty ninety hundred")
FIGURES = [*(str(n) for n in range(1, 32)), *words("35 36 40 45 48 50 60 72 90 100")]

LISTS: dict[str, tuple[str, ...]] = {
    "i": either("i|we|i'll|we'll|i've|we've|i'd|we'd|i can|we can|i will|we will|i do|we do|i would|we would|i could"),
    "we": ("i", "we"),
    "im": ("i'm", "i am", "we're", "we are"),
    "ive": ("i've", "i have", "we've", "we have"),
    "id": ("i'd", "i would", "we'd", "we would"),
    "will": either(
        "i'll|i will|i shall|i'm going to|i am going to|i'm gonna|we'll|we will|we shall|we're going to|we're gonna|"
        "we are going to"
    ),
    "let_me": ("let me", "lemme", "i'll", "i will", "i'm going to", "i'm gonna", "i can", "let's", "let us"),
    "want": either(
        "want|want to|wanna|wanted to|need|need to|needed to|would like|would like to|i'd like|i'd like to|"
        "we'd like|we'd like to"
    ),
    "my": ("my", "our", "the", "a", "an", "this", "that"),
    "your": ("your", "the", "ur"),
    "you": ("you", "you guys", "you people", "you lot", "y'all", "ya"),
    "yes": ("yes", "yeah", "ya", "yah", "aye", "mhm", "mmhm", "mm hmm", "mm hm"),
    "no": ("no", "nope", "nah", "naw"),
    "okay": ("okay", "alright", "all right", "right", "sure", "fine", "great", "good", "perfect", "lovely", "cool"),
    "lead": either(
        "and|but|so|well|oh|okay|right|yes|yeah|look|listen|now|hi|hello|hey|actually|alright|sorry|ah|then|also|"
        "no|because|hmm|see"
    ),
    "very": either("very|so|really|extremely|absolutely|completely|totally|quite|pretty|bloody|too|just"),
    "number": (*UNITS, *TENS, "a couple of", "a few", "a", "an", *FIGURES),
    "timeunit": either(
        "second|seconds|sec|secs|minute|minutes|min|mins|hour|hours|hr|hrs|day|days|week|weeks|month|months"
    ),
    "longunit": either("hour|hours|hr|hrs|day|days|week|weeks|month|months"),
    "shortunit": either("second|seconds|sec|secs|minute|minutes|min|mins|moment|moments"),
    "weekday": either("monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri"),
    "month": either(
        "january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|"
        "jul|aug|sep|sept|oct|nov|dec"
    ),
    "clock": (
        *(f"{hour}{half}" for hour in range(1, 13) for half in ("am", "pm")),
        *(f"{hour} {half}" for hour in range(1, 13) for half in ("am", "pm", "o'clock")),
        *(f"{hour} {half}" for hour in UNITS for half in ("am", "pm", "o'clock")),
        "noon",
        "midday",
        "midnight",
    ),
    "daypart": ("today", "tomorrow", "tonight", "this morning", "this afternoon", "this evening"),
    "manager": either(
        "manager|supervisor|team leader|team lead|boss|superior|line manager|head of department|your manager|"
        "your supervisor|someone senior|somebody senior|someone higher"
    ),
    "thing": either(
        "order|account|card|phone|bill|payment|parcel|package|delivery|booking|item|internet|connection|website|app|"
        "password|router|line|service|refund|subscription|invoice|statement|address|ticket|reservation|policy"
    ),
}
"""Alternatives that phrases name as ``<list>``."""

LANGUAGE = Language(
    code="en",
    name="English",
    variants=VARIANTS,
    fillers=FILLERS,
    negators=NEGATORS,
    stop_words=STOP_WORDS,
    question_words=QUESTION_WORDS,
    lists=LISTS,
    plural_endings=PLURAL_ENDINGS,
)
