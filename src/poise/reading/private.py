"""What is private in one text: names, numbers, addresses of mail and payment data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

__all__ = ["CUED", "CUE_WORDS", "MAILED", "NUMBERED", "find_private", "introduced", "private_spans"]

_OLDEST_APPOINTMENT: Final = 2015
"""A full date up to this year is taken for a date of birth: appointments and orders are younger."""
_LONG: Final = 5
_SPREAD: Final = 7

_CURRENCY: Final = r"(?:kr|nok|sek|dkk|usd|eur|gbp|ils|nis)"
_AMOUNT: Final = (
    r"dollars?|bucks|cents?|euros?|pounds?|quid|kroner|kronor|kr|nok|usd|eur|gbp|ils|nis|shekels?|percent|prosent|points?|"
    r"poeng|miles|km|hours?|minutes?|days?|ש\"ח|ש״ח|שח|שקל(?:ים)?|אחוז(?:ים)?|נקודות"
)
_MONTHS: Final = (
    r"jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch|s)?|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|"
    r"sep(?:tember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cs](?:ember)?|"
    r"ב?(?:ינואר|פברואר|מרץ|מרס|אפריל|מאי|יוני|יולי|אוגוסט|ספטמבר|אוקטובר|נובמבר|דצמבר)"
)
_DATE: Final = re.compile(
    r"(?<!\d)(?:(?P<y1>(?:19|20)\d\d)[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])|"
    r"(?:0?[1-9]|[12]\d|3[01])\s?[-/.]\s?(?:0?[1-9]|[12]\d|3[01])\s?[-/.]\s?(?P<y2>(?:19|20)?\d\d)|"
    rf"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(?:{_MONTHS})\.?,?\s+(?P<y3>(?:19|20)\d\d)|"
    rf"(?:{_MONTHS})\.?\s+(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,?\s+(?P<y4>(?:19|20)\d\d))(?!\d)",
    re.IGNORECASE,
)
_BORN: Final = re.compile(
    r"birth|born|\bd\.?o\.?b\b|fødselsdato|fødselsdag|\bfødt\b|personnummer|fødselsnummer|"
    r"תאריך (?:ה)?לידה|נולדתי|יום הולדת",
    re.IGNORECASE,
)
_KEPT: Final = re.compile(
    rf"[$€£₪]\s?\d[\d ,.]{{0,20}}|\b{_CURRENCY}\.?\s?\d[\d ,.]{{0,20}}|"
    rf"(?<![\d-])\d[\d ,.]{{0,20}}(?:[$€£₪%]|,-|\s?\b(?:{_AMOUNT})\b)|"
    r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?(?:am|pm))?|(?<!\d)(?:19|20)\d\d\s?[-–/]\s?(?:19|20)?\d\d(?!\d)",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"(?:(?![א-ת])[^\s@<>(),;:\"\[\]]){1,80}@[^\s@<>(),;:\"'\[\]]{1,200}\.[^\W\d_]{2,20}")
_SPOKEN_MAIL: Final = re.compile(
    r"\b[\w.-]{1,64}(?:\s{1,3}(?:dot|punktum|נקודה)\s{1,3}[\w-]{1,64}){0,2}\s{1,3}(?:at|krøllalfa|alfakrøll|שטרודל|כרוכית)\s{1,3}[\w-]{1,64}"
    r"(?:\s{1,3}(?:dot|punktum|נקודה)\s{1,3}[\w-]{1,64}){1,2}\b",
    re.IGNORECASE,
)
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b", re.IGNORECASE)
_DIGITS: Final = re.compile(r"[+(#]*\d(?:[ \u00a0\-.()/–_]{0,2}\d)*")
_SECRET: Final = re.compile(
    r"\b(?:cvv2?|cvc2?|ccv|security code|pin(?: code| number)?|pincode|passcode|sort code|"
    r"ending (?:in|with)|ends (?:in|with)|last (?:four|4)(?: digits)?|slutter på|siste (?:fire|4)(?: siffer(?:ene)?)?|"
    r"sikkerhetskode(?:n)?|pinkode(?:n)?|postnummer(?:et)?|postnr|(?:ה)?ספרות (?:ה)?אחרונות|קוד (?:ה)?(?:אבטחה|סודי)|"
    r"מסתיים|מיקוד|expir(?:es|y|ation)(?: date)?|valid (?:until|thru)|utløp(?:er|sdato)|בתוקף עד|תוקף)\b"
    r"[^\d\n]{0,25}(?P<hidden>\d{2,8}(?:[-/ ]\d{2,4}){0,2})",
    re.IGNORECASE,
)
_POSTCODE: Final = re.compile(
    r"\b(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b|\b[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\b"
)
_SPOKEN: Final = (
    r"zero|oh|o|nought|one|two|three|four|five|six|seven|eight|nine|double|treble|triple|"
    r"null|en|ein|to|tre|fire|fem|seks|syv|sju|åtte|ni|"
    r"אפס|אחת|אחד|שתיים|שתים|שניים|שלוש|ארבע|חמש|שש|שבע|שמונה|תשע"
)
_SPOKEN_NUMBER: Final = re.compile(rf"\b(?:{_SPOKEN})(?:[\s,.\-]+(?:{_SPOKEN}|\d)){{{_LONG - 1},}}\b", re.IGNORECASE)

_WORD: Final = r"[^\W\d_](?:[^\W\d_]|['’\-](?=[^\W\d_]))*"
_CUE_EN: Final = (
    r"\b(?:(?:full|first|last|maiden|middle|sur|user|customer|account(?: holder)?)[ -]?name"
    r"(?:(?:\s*is|['’]s)\s+|\s*:\s*)|"
    r"(?:first|last|full) name,?\s+|under\s+|"
    r"name(?:\s+(?:is|would be)|['’]s)\s+|name\s*:\s*|call me\s+|(?:under|in) the name (?:of )?)"
)
_CUE_NB: Final = (
    r"\b(?:jeg heter\s+|(?:mitt|fullt) navn(?: er|:)\s+|navnet(?: mitt)? er\s+|"
    r"(?:for|etter)?navn(?:et)?(?: mitt)?(?:\s*:\s*| er\s+))"
)
_CUE_HE: Final = (
    r"(?:^|[^א-ת])[ושהלבמכ]?(?:שמי|קוראים לי|ה?שם שלי(?: הוא| זה)?|ה?שם ה?(?:מלא|פרטי|משפחה)(?: שלי)?(?: הוא)?|השם הוא)"
    r"(?:\s*:\s*|\s+)"
)
_CUE: Final = re.compile(f"{_CUE_EN}|{_CUE_NB}|{_CUE_HE}", re.IGNORECASE)
_SAID: Final = r"speaking|here|calling|from|som ringer|som snakker|fra|מדברת?|מ[א-ת]+"
_IS: Final = r"\b(?:this is|it['’]?s|i am|i['’]m|det er|dette er|זה|זאת|כאן)\s+"
_SPEAKING: Final = re.compile(
    rf"{_IS}(?P<name>{_WORD}(?:\s+{_WORD}){{0,2}}?)(?=,?\s+(?:{_SAID})\b)|\bמדברת?\s+(?P<hebrew>{_WORD}(?:\s+{_WORD})?)",
    re.IGNORECASE,
)
_PLAIN: Final = re.compile(r",?\s+(?:speaking|calling|som ringer|som snakker)\b", re.IGNORECASE)
_ADDRESSED: Final = r"\b(?:mr|mrs|ms|miss|mx|dr|herr|fru|frk|מר|גברת|גב['׳])\.?\s+"
_TITLE: Final = re.compile(rf"{_ADDRESSED}(?P<name>{_WORD}(?:\s+{_WORD})?)", re.IGNORECASE)
_SIGN_OFF: Final = r"(?:regards|wishes|hilsen|mvh|בברכה|sincerely|cheers)\s{0,3}[,.!]?\s{0,5}"
_SIGNED: Final = re.compile(rf"{_SIGN_OFF}(?P<name>{_WORD}(?:\s+{_WORD}){{0,2}})\s*\Z", re.IGNORECASE)
_BARE: Final = re.compile(r"(?:name,?|under)\s+\Z", re.IGNORECASE)
_TOKEN: Final = re.compile(rf"\s*({_WORD})")
_HEBREW: Final = re.compile("[א-ת]")
_NOT_NAMES: Final = """
a about actually also an and are as at av be because but by calling can dear det do er for fra from good had
has have he her here hei hello hi his hva hvor i ikke in is it its jeg just med men my no not of og ok okay om
on or order på right s she so som sorry spelled spelt thank thanks that the there they this to under vi was we
well what who will with would yes you your speaking customer agent manager wrong correct missing misspelled
different registered listed going looking trying very really still having new feil riktig please takk ringer
snakker lurer
אני אתה את אנחנו הוא היא זה זאת לא כן של על עם מ רוצה צריך צריכה ואני גם כי יש אין בבקשה תודה לקוח לקוחה שגוי מה
"""
_NO_NAMES: Final = frozenset(_NOT_NAMES.split())
_OWNERS: Final = frozenset(
    (
        *("my", "the", "his", "her", "and", "so", "hi", "hello", "yes", "sure", "ok", "okay", "yeah"),
        *("husband's", "wife's", "son's", "daughter's", "mother's", "father's", "partner's", "mom's", "dad's"),
    )
)
"""Words that may stand before a bare "name is": a restaurant's name is no person's."""
_BEFORE: Final = re.compile(r"([^\s.,;:!?\n]+)[ \t]+\Z")
_PARTICLES: Final = frozenset(
    ("van", "von", "de", "der", "den", "da", "di", "la", "le", "al", "el", "bin", "ben", "bat")
)
_TITLES: Final = frozenset(("mr", "mrs", "ms", "miss", "mx", "dr", "herr", "fru", "frk", "מר", "גברת", "גב"))

# What follows is for the engine of Polars: the same occasions without look-around, to find the few texts to work on.
_RUST_WORD: Final = r"\p{L}[\p{L}'’-]*"
CUED: Final = (
    rf"(?i:{_CUE_EN}|{_CUE_NB}|{_CUE_HE}|{_IS}{_RUST_WORD}(?:\s+{_RUST_WORD}){{0,2}},?\s+(?:{_SAID})\b|מדבר|"
    rf"{_ADDRESSED}|{_SIGN_OFF}{_RUST_WORD}(?:\s+{_RUST_WORD}){{0,2}}\s*$)"
)
"""Texts that may introduce, address or sign a name."""
CUE_WORDS: Final = (
    *(
        "name",
        "call me",
        "this is",
        "speaking",
        "calling",
        "heter",
        "navn",
        "ringer",
        "det er",
        "dette er",
        "i'm ",
        "i am ",
    ),
    *(
        "i’m ",
        "it's ",
        "it’s ",
        "its ",
        "שמי",
        "קוראים לי",
        "שם",
        "מדבר",
        "כאן",
        "זה ",
        "זאת ",
        "mr",
        "ms",
        "miss",
        "mx",
    ),
    *("dr ", "dr.", "herr ", "fru ", "frk", "מר ", "גברת", "גב'", "גב׳", "regards", "wishes", "hilsen", "mvh", "בברכה"),
    *("sincerely", "cheers"),
)
"""Looked for first, at ten million turns a second; only texts with one of them meet :data:`CUED`."""
NUMBERED: Final = (
    r"\d{5}|\d(?:[ \x{a0}\-.()/–]{0,2}\d){4}|\b[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}\b|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b|"
    r"(?i:cvv|cvc|ccv|code|pin|ending|ends (?:in|with)|last (?:four|4)|slutter|siste (?:fire|4)|kode|postn|ספרות|קוד|"
    r"מסתיים|מיקוד|expir|valid|utløp|תוקף|birth|born|d\.?o\.?b|født|fødsel|נולדתי|לידה|הולדת).{0,40}\d|"
    r"\b[0-9]{1,2}(?:st|nd|rd|th|\.)?\s+(?:of\s+)?\p{L}{3,10}\.?,?\s+(?:19|20)\d\d\b|"
    r"\p{L}{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d\b|"
    rf"(?i:\b(?:{_SPOKEN})(?:[\s,.\-]+(?:{_SPOKEN}|\d)){{{_LONG - 1}}}\b)"
)
"""Texts that may hold a private number."""
MAILED: Final = r"@|(?i:\s(?:at|krøllalfa|alfakrøll|שטרודל|כרוכית)\s+[\w-]+\s+(?:dot|punktum|נקודה)\s)"
"""Texts that may hold an address of mail."""


def private_spans(text: str, names: Iterable[str] = (), *, introductions: bool = True) -> list[tuple[int, int]]:
    """Find what is private in one text.

    Parameters
    ----------
    text
        Any text.
    names
        Names of people that are to be hidden, whole or in parts.
    introductions
        Also hide names by how they are introduced ("my name is …"), addressed ("Mrs …") or signed.

    Returns
    -------
    list
        Half-open spans of code points, sorted, without overlaps.
    """
    return find_private(text, names, numbers=True, mails=True, introductions=introductions)


def find_private(
    text: str, names: Iterable[str], *, numbers: bool, mails: bool, introductions: bool
) -> list[tuple[int, int]]:
    """Find what is private in one text, looking only for what is asked."""
    found = [*_numbers(text)] if numbers else []
    if mails:
        found += [match.span() for match in _MAIL.finditer(text)]
        found += [match.span() for match in _SPOKEN_MAIL.finditer(text)]
    if introductions:
        found += _introductions(text)
    for name in names:
        pattern = _name_pattern(name)
        if pattern is not None:
            found += [match.span("name") for match in pattern.finditer(text)]
    return _merged(found)


def introduced(text: str) -> list[str]:
    """Return the names by which someone introduces themselves in ``text``."""
    return [text[begin:end] for begin, end in _introductions(text, others=False)]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    """Yield numbers that name a person, an account, an order or a birthday."""
    born = _BORN.search(text) is not None
    rest = text
    for match in _IBAN.finditer(text):
        yield match.span()
        rest = _blanked(rest, *match.span())
    for match in _SECRET.finditer(rest):
        yield match.span("hidden")
    for match in _DATE.finditer(rest):
        year = next(int(year) for year in match.groups() if year)
        if born or 100 <= year <= _OLDEST_APPOINTMENT:
            yield match.span()
        rest = _blanked(rest, *match.span())
    for match in _KEPT.finditer(rest):
        rest = _blanked(rest, *match.span())
    for match in _DIGITS.finditer(rest):
        groups = re.findall(r"\d+", match[0])
        if max(map(len, groups)) >= _LONG or sum(map(len, groups)) >= _SPREAD:
            yield _with_letters(text, *match.span())
    for pattern in (_POSTCODE, _SPOKEN_NUMBER):
        for match in pattern.finditer(text):
            yield match.span()


def _with_letters(text: str, begin: int, end: int) -> tuple[int, int]:
    """Widen a number by the letters written together with it ("ORD-55210A")."""
    while begin and (
        (text[begin - 1].isalnum() and not _HEBREW.match(text[begin - 1]))
        or (text[begin - 1] in "-_" and begin > 1 and text[begin - 2].isalnum())
    ):
        begin -= 1
    while end < len(text) and (
        text[end].isalnum() or (text[end] in "-_" and end + 1 < len(text) and text[end + 1].isalnum())
    ):
        end += 1
    return begin, end


def _blanked(text: str, begin: int, end: int) -> str:
    return f"{text[:begin]}{'x' * (end - begin)}{text[end:]}"


def _introductions(text: str, *, others: bool = True) -> list[tuple[int, int]]:
    """Find names by how they are introduced; with ``others`` also how they are addressed or signed."""
    spans = [
        _name_at(text, match.end())
        for match in _CUE.finditer(text)
        if _of_person(text, match.start())
        and (not _BARE.search(match[0]) or text[match.end() : match.end() + 1].isupper())
    ]
    for match in _SPEAKING.finditer(text):
        hebrew = match["hebrew"] is not None
        begin, limit = match.span("hebrew" if hebrew else "name")
        span = _name_at(text, begin, limit)
        # "this is ridiculous from start to end": a word without a capital is a name only where someone is speaking
        if span and (hebrew or text[span[0]].isupper() or _HEBREW.match(text, span[0]) or _PLAIN.match(text, limit)):
            spans.append(span)
    for pattern in (_TITLE, _SIGNED) if others else ():
        spans += [_name_at(text, *match.span("name")) for match in pattern.finditer(text)]
    return [span for span in spans if span]


def _of_person(text: str, begin: int) -> bool:
    """Return whether a cue that begins at ``begin`` speaks of a person's name."""
    if text[begin : begin + 4].casefold() != "name":
        return True
    before = _BEFORE.search(text, max(0, begin - 60), begin)
    return before is None or before[1].casefold() in _OWNERS


def _name_at(text: str, begin: int, limit: int | None = None) -> tuple[int, int] | None:
    """Return the span of a name of up to three words that begins at ``begin``."""
    first = end = -1
    place, words, capital, of = begin, 0, False, False
    while words < 3:
        match = _TOKEN.match(text, place, limit if limit is not None else len(text))
        if match is None or (words and "\n" in text[place : match.start(1)]):
            break
        word = match[1]
        folded = word.casefold()
        if words == 0 and folded in _TITLES:
            place = match.end() + (text[match.end() : match.end() + 1] in (".", "'", "׳"))
            continue
        if words == 0:
            capital = word[0].isupper()
            if folded in _NO_NAMES:
                return None
        elif capital and not word[0].isupper():
            if folded in _PARTICLES:
                place = match.end()
                continue
            break
        elif folded in _NO_NAMES or folded[0] == "ו" or (words == 2 and not capital and not of):
            break
        first = match.start(1) if words == 0 else first
        end = match.end(1)
        of = folded in ("בן", "בר", "בת", "אבו")
        place, words = end, words + 1
    return (first, end) if words else None


@lru_cache(maxsize=4096)
def _name_pattern(name: str) -> re.Pattern[str] | None:
    """Return the pattern of a name's parts; parts that are common words ("Will") are found with a capital only."""
    from wordfreq import zipf_frequency  # loads word lists that most runs do not need

    parts = {part.strip('.,;:()"') for part in name.split()}
    parts = {part for part in parts if len(part) >= 2 and part.casefold() not in _PARTICLES and part[0].isalpha()}
    if not parts:
        return None
    choices = []
    for part in sorted(parts, key=lambda one: (-len(one), one)):
        common = _HEBREW.search(part) is None and zipf_frequency(part.casefold(), "en") >= 5.0
        spelled = rf"{re.escape(part.capitalize())}|{re.escape(part.upper())}" if common else rf"(?i:{re.escape(part)})"
        choices.append(spelled)
    prefix = "[ושהלבמכ]{0,2}" if any(_HEBREW.search(part) for part in parts) else ""
    return re.compile(rf"(?<!\w){prefix}(?P<name>{'|'.join(choices)})(?!\w)")
