"""What the writer of a message wrote: no markup, no quoted mail, no signature."""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser

__all__ = ["own_words", "text_of_html"]

_HTML_LIMIT: Final = 2_000_000
_QUOTED: Final = ", ".join(
    [
        "blockquote", ".gmail_quote", ".gmail_extra", ".gmail_signature", ".gmail_attr", ".moz-cite-prefix",
        ".moz-signature", ".yahoo_quoted", ".zendesk_quoted", ".zd-quoted", ".freshdesk_quote", ".protonmail_quote",
        ".intercom-quote",         "#divRplyFwdMsg", "#divRplyFwdMsg ~ *", "#appendonsend ~ *", "#Signature",
        "#ms-outlook-mobile-signature",
        "[data-marker=__QUOTED_TEXT__]", "script", "style", "head", "title", "template", "noscript",
    ]
)  # fmt: skip
_BREAK: Final = re.compile(
    r"<br\s*/?>|</(?:p|div|li|tr|h[1-6]|table|ul|ol|pre)\s*>|<(?:hr|blockquote)\b", re.IGNORECASE
)
_TAG: Final = re.compile(r"</?[a-zA-Z!][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_DEEP: Final = 5_000
_SPACE: Final = re.compile(r"[^\S\n]+")
_EMPTY_LINES: Final = re.compile(r"\n\s*\n\s*\n+")

# Every repetition is bounded: a body of mail is anybody's, and must not be able to stop a run.
_WROTE: Final = re.compile(
    r"^(?:(?:On|Am|Le|El|Il|Den|På|Op|Dne)\b|\d{1,2}\.|[a-zæøå]{3,4}\.)[^\n]{0,200}(?:\n[^\n]{1,120})?"
    r"\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|skrev)\b[^\n]{0,160}:[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_FORWARDED: Final = re.compile(
    r"^-{2,10} ?(?:original message|forwarded message|opprinnelig melding|oprindelig meddelelse|"
    r"ursprungligt meddelande|ursprüngliche nachricht|message d['’]origine|mensaje original|הודעה מקורית)|"
    r"^[*_ ]{0,3}(?:from|fra|från|von|de|מאת)[*_ ]{0,3}:[^\n]{1,200}\n(?:[^\n]{0,200}\n){0,2}?"
    r"\W{0,3}(?:sent|sendt|skickat|gesendet|envoyé|enviado|date|dato|datum|to|til|till|an|נשלח|תאריך|אל)[*_ ]{0,3}:|"
    r"^[\W_]{0,3}בתאריך\b[^\n]{0,200}(?:מאת|כתב)[^\n]{0,200}:",
    re.MULTILINE | re.IGNORECASE,
)
_SENT_FROM: Final = re.compile(
    r"^\W*(?:sent from my|get outlook for|sendt fra|hent outlook|נשלח מ)[^\n]{0,80}$", re.IGNORECASE
)
_BELOW: Final = 11
"""Lines at the end among which a signature is looked for."""
_SIGN_OFF: Final = re.compile(
    r"(?:(?:best|kind|kindest|warm|warmest) regards|regards|sincerely|yours (?:sincerely|truly|faithfully)|"
    r"best wishes|best|cheers|thanks|thank you|many thanks|with thanks|all the best|"
    r"(?:med )?vennlig hilsen|mvh\.?|hilsen|beste hilsener|hilsen fra|"
    r"בברכה|בכבוד רב|תודה|תודה רבה|יום נעים)[ \t]*[,.!]?",
    re.IGNORECASE,
)
_CONTACT: Final = re.compile(
    r"@|\d{5}|\+\d|www\.|https?:|\b(?:tel|phone|tlf|mobil|direct|department|team|support)\b|טל", re.IGNORECASE
)


def text_of_html(body: str) -> str:
    """Return the text of an HTML body without quoted mail; a body without markup comes back as it is."""
    if not _TAG.search(body):
        return body
    if body.count("<div") + body.count("<blockquote") > _DEEP:
        return _TAG.sub(" ", body[:_HTML_LIMIT]).strip()  # no mail: a tree that deep costs more than it is worth
    broken = _BREAK.sub(lambda match: "\n" + match[0], re.sub(r"\s+", " ", body[:_HTML_LIMIT]))
    tree = LexborHTMLParser(broken)
    while (node := tree.css_first(_QUOTED)) is not None:  # one at a time: a quote within a quote is gone with the outer
        node.decompose()
    text = tree.body.text(deep=True) if tree.body is not None else ""
    lines = [_SPACE.sub(" ", line).strip() for line in text.split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def own_words(text: str) -> str:
    """Return a mail's text without quoted replies and without the signature.

    The sign-off itself ("Kind regards") stays: it is a courtesy of the writer; name, title and numbers below it go. A
    signature is taken off only at the very end and only if it is short, so that a line that begins with "Thanks,"
    never swallows what follows.
    """
    text = text.replace("\r\n", "\n")
    for quote in (_WROTE, _FORWARDED):
        match = quote.search(text)
        if match and text[: match.start()].strip():
            text = text[: match.start()]
    lines = text.split("\n")
    written = [line for line in lines if not line.lstrip().startswith(">")]
    if any(line.strip() for line in written):
        text = "\n".join(written)
    text = text.strip()
    lines = text.split("\n")
    if len(lines) > 1 and _SENT_FROM.match(lines[-1]):
        lines.pop()
    return "\n".join(_unsigned(lines)).strip()


def _unsigned(lines: list[str]) -> list[str]:
    """Return the lines without the signature at their end."""
    for at in range(max(1, len(lines) - _BELOW), len(lines)):
        line = lines[at].strip()
        if line in ("--", "—"):
            return lines[:at]
        if not _SIGN_OFF.fullmatch(line):
            continue
        below = [one for one in lines[at + 1 :] if one.strip()]
        short = len(below) <= 2 and all(len(one.split()) <= 4 for one in below)
        if short or any(_CONTACT.search(one[:200]) for one in below):
            return lines[: at + 1]
    return lines
