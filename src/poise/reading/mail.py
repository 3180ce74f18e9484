"""What the writer of a message wrote: no markup, no quoted mail, no signature."""

from __future__ import annotations

import re
from typing import Final

from mailparser_reply import EmailReplyParser
from selectolax.lexbor import LexborHTMLParser

__all__ = ["own_words", "text_of_html"]

_HTML_LIMIT: Final = 2_000_000
_QUOTE_LIMIT: Final = 20_000
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

_CUES: Final = re.compile(
    r"wrote:|skrev|schrieb|a écrit|escribió|from:|fra:|från:|von:|original message|oprindelig|opprinnelig|__________",
    re.IGNORECASE,
)
_HEBREW_QUOTE: Final = re.compile(
    r"^[\W_]*(?:בתאריך\b[^\n]{0,200}(?:מאת|כתב)[^\n]{0,200}:|-{2,} ?הודעה מקורית|מאת:[^\n]{0,200}\n\W*(?:נשלח|תאריך):)",
    re.MULTILINE,
)
_NORWEGIAN_QUOTE: Final = re.compile(
    r"^(?:-{2,} ?Opprinnelig melding|(?:(?:Den|På|[a-zæøå]{3,4}\.) |\d{1,2}\.)[^\n]{0,160}\bskrev\b[^\n]{0,160}:\s*$)",
    re.MULTILINE | re.IGNORECASE,
)
_SENT_FROM: Final = re.compile(
    r"^\W*(?:sent from my|get outlook for|sendt fra|hent outlook|נשלח מ)[^\n]{0,80}\s*\Z", re.MULTILINE | re.IGNORECASE
)
_DELIMITED: Final = re.compile(r"\n--[ \t]*\n(?P<below>(?:[^\n]*\n?){0,15})\Z")
_SIGN_OFF: Final = re.compile(
    r"^(?P<words>(?:(?:best|kind|kindest|warm|warmest) regards|regards|sincerely|yours (?:sincerely|truly|faithfully)|"
    r"best wishes|best|cheers|thanks|thank you|many thanks|with thanks|all the best|"
    r"(?:med )?vennlig hilsen|mvh\.?|hilsen|beste hilsener|hilsen fra|"
    r"בברכה|בכבוד רב|תודה|תודה רבה|יום נעים)[ \t]*[,.!]?)[ \t]*\n(?P<below>(?:[^\n]{0,100}(?:\n|\Z)){1,10}?)\Z",
    re.MULTILINE | re.IGNORECASE,
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
    for quote in (_HEBREW_QUOTE, _NORWEGIAN_QUOTE):
        match = quote.search(text)
        if match and text[: match.start()].strip():
            text = text[: match.start()]
    if len(text) <= _QUOTE_LIMIT and _CUES.search(text):
        reply = EmailReplyParser(languages=["en", "da", "sv", "de", "fr", "es"]).parse_reply(text)
        if reply and reply.strip():
            text = reply
    lines = text.split("\n")
    written = [line for line in lines if not line.lstrip().startswith(">")]
    if any(line.strip() for line in written):
        text = "\n".join(written)
    text = text.strip()
    text = _SENT_FROM.sub("", text).rstrip() or text
    match = _DELIMITED.search(text)
    if match and text[: match.start()].strip():
        text = text[: match.start()]
    match = _SIGN_OFF.search(text, max(0, len(text) - 1200))
    if match and text[: match.start()].strip():
        below = [line for line in match["below"].split("\n") if line.strip()]
        short = len(below) <= 2 and all(len(line.split()) <= 4 for line in below)
        if short or any(_CONTACT.search(line) for line in below):
            text = text[: match.end("words")]
    return text.strip()
