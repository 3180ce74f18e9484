"""What the demo's candidates said, invented for it: short, in the words of people who answer a question."""

from __future__ import annotations

from typing import Final

__all__ = ["HEARD", "ROLE_PLAY"]

#: question → what somebody said whose answer is low (levels 1 and 2), in the middle (3), high (4 and 5)
HEARD: Final[dict[str, tuple[str, str, str]]] = {
    "helpful.past_1": (
        "I told her that is the bank's business, not ours, and gave her their number.",
        "It was not my desk, but I walked him over to the right one and left him there.",
        "She had lost her glasses, so I read her the whole form aloud and waited until it was signed.",
    ),
    "helpful.dilemma": (
        "My break is my break. I would say: please ring again tomorrow morning.",
        "I would put her through at once and go; the others know what to do.",
        "I would stay on the line until somebody over there says her name, then I have my coffee.",
    ),
    "considerate.past_1": (
        "After a while I finished his sentences for him, that went faster.",
        "I let him talk and wrote the main points down, then I asked for the order number.",
        "I said it back to him: first the pump, then the smell, then the light. He said, yes, that is it.",
    ),
    "considerate.dilemma": (
        "I would say that there is a queue and that I need the point now.",
        "I would let her end the sentence and then lead her back to the ticket.",
        "I would say: so the dog is well and the crate is broken, is it the crate I can help with?",
    ),
    "communicative.past_1": (
        "A VLAN is a tagged broadcast domain, I told him, it is quite simple really.",
        "I explained the tax form line by line, and he filled it in with me.",
        "I said a deductible is the part of the bill with your name on it, and he gave me the next example himself.",
    ),
    "communicative.dilemma": (
        "It is her choice. I would book what she asked for.",
        "I would say that the small plan may be tight and name the middle one.",
        "I would ask how often she travels, and show her on one page what each plan would have cost last month.",
    ),
    "problem_solver.past_1": (
        "There was nothing in the handbook, so I passed it up and it was out of my hands.",
        "I tried the restart, then the cable, then the other printer, and the third thing worked.",
        "I asked what had changed since Friday. Only the lock had. So I rang the locksmith and not the electrician.",
    ),
    "problem_solver.dilemma": (
        "I would tell him to come back when the card works.",
        "I would try the card once more and then ask for another one.",
        "First I would hold the seat by hand, then look for a way to pay, and tell him in that order.",
    ),
    "stays_in_control.past_1": (
        "She was screaming, so I said I would hang up if she went on like that, and I did.",
        "He shouted, I waited, then I told him what the rules say.",
        "I said: three weeks without heating, that is too long. I am looking it up now, stay with me.",
    ),
    "stays_in_control.dilemma": (
        "I would say that he may write whatever he likes.",
        "I would stay polite and repeat what I can offer.",
        "I would let the insult pass and answer the part about the room, because that part is true.",
    ),
}

#: who (interviewer, candidate), from, to in seconds, words: a case that was played and recorded
ROLE_PLAY: Final[tuple[tuple[str, float, float, str], ...]] = (
    ("interviewer", 0.0, 4.0, "Good morning and welcome. Are you ready for the case?"),
    ("candidate", 4.4, 7.0, "Good morning, thank you. Yes, I am ready."),
    ("interviewer", 8.0, 32.0, "I am a passenger. My suitcase went to another island, and I need the medicine in it."),
    ("candidate", 32.6, 38.0, "So you need the medicine that is in the suitcase on the other island, is that right?"),
    ("interviewer", 38.4, 40.0, "Yes, that is right."),
    ("interviewer", 41.0, 70.0, "The man at the pier told me that it comes tomorrow, and I need it this evening."),
    ("candidate", 70.5, 76.0, "You need it this evening and not tomorrow. When do you take it next?"),
    ("interviewer", 76.5, 108.0, "At eight o'clock. And nobody here could tell me whether a ferry still goes."),
    ("candidate", 107.0, 113.0, "One ferry still goes at six. I will ring the other pier now."),
    ("interviewer", 114.0, 146.0, "I rang them twice and they put me on hold for ten minutes, both times."),
    ("candidate", 146.5, 152.0, "You were on hold twice. I have a direct line, so they answer me."),
    ("interviewer", 153.0, 186.0, "And if they do not find it, what do I do, with a child and no hotel?"),
    (
        "candidate",
        186.6,
        194.0,
        "If they do not find it by seven, I take you to the pharmacy. Is that all right?",
    ),
    ("interviewer", 194.5, 196.0, "Yes, that would do."),
    ("interviewer", 197.0, 226.0, "My child is tired as well, and we had nothing to eat since the morning."),
    ("candidate", 226.5, 231.0, "You are both tired and hungry. The canteen is open, I will bring you there."),
    ("interviewer", 232.0, 236.0, "Thank you, that was the case."),
)
