"""One invented interview in the three formats: the interviewer explains at length, the candidate answers."""

from __future__ import annotations

import json

#: who (I interviewer, C candidate), from, to (seconds), words
SAID = [
    ("I", 0.0, 3.0, "Good morning and welcome, please sit down."),
    ("C", 3.4, 5.0, "Good morning, thank you for having me."),
    ("I", 5.5, 12.0, "I would like you to handle this case. My parcel did not arrive and I need it before Friday."),
    ("C", 12.5, 17.0, "So you need the parcel before Friday and it has not arrived, is that right?"),
    ("I", 17.4, 18.4, "Yes, that is right."),
    ("I", 19.0, 40.0, "There is more to it: the shop told me one thing and the courier told me another, and then"),
    ("C", 38.0, 44.0, "Let me stop you there, what did the courier say?"),
    ("I", 45.0, 60.0, "He said that he rang the bell and nobody answered, but I was at home all day."),
    ("C", 61.0, 66.0, "You were at home and he says that nobody answered. I will call him now."),
    ("I", 67.0, 70.0, "Thank you. That is all from me."),
]  # fmt: skip


def words(text: str, begin: float, end: float) -> list[dict[str, object]]:
    parts = text.split()
    step = (end - begin) / len(parts)
    return [
        {"word": one, "start": round(begin + step * n, 2), "end": round(begin + step * (n + 1) - 0.01, 2)}
        for n, one in enumerate(parts)
    ]


def whisperx() -> bytes:
    """As WhisperX tells it: numbered speakers, the time of every word."""
    labels = {"I": "SPEAKER_00", "C": "SPEAKER_01"}
    segments = [
        {"start": begin, "end": end, "text": f" {text}", "speaker": labels[who], "words": words(text, begin, end)}
        for who, begin, end, text in SAID
    ]
    return json.dumps({"segments": segments, "language": "en"}).encode()


def _clock(seconds: float) -> str:
    return f"00:{int(seconds // 60):02}:{seconds % 60:06.3f}"


def webvtt() -> bytes:
    """As a meeting tells it: by the names of those who took part."""
    names = {"I": "Ivan Petrov", "C": "Amal Haddad"}
    cues = [f"{_clock(b)} --> {_clock(e)}\n<v {names[who]}>{text}</v>" for who, b, e, text in SAID]
    return ("WEBVTT\n\n" + "\n\n".join(cues) + "\n").encode()


def canonical(**extra: object) -> bytes:
    """As our own form tells it: by roles."""
    roles = {"I": "interviewer", "C": "candidate"}
    turns = [{"role": roles[who], "text": text, "start": b, "end": e, "audio_channel": who} for who, b, e, text in SAID]
    return (json.dumps({"id": "x-1", "language": "en", "turns": turns} | extra) + "\n").encode()
