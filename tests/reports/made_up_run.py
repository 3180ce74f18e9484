"""A results folder as a run would leave it, with people, words and numbers made up here."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from poise import model
from poise.knowledge import SHIPPED, Knowledge
from poise.knowledge.rules import Phrases
from poise.knowledge.schema import Behaviour, Opportunity, TraitFile
from poise.reports.results import TABLES

HOSTILE_NAME = '<b onclick="steal()">Bobby</b>'
HOSTILE = [
    "Thanks for that «<script>alert('quote')</script>» and for your patience so far",
    '\u202eevil\u202c «thank you» \u2067kept apart \u0000\u0007 "><img src=x onerror=alert(1)> for all of this',
    "word " * 1000 + "«thanks for your patience» " + "word " * 1000,
]


@dataclass(frozen=True)
class Act:
    id: str
    trait: str
    sign: str
    titles: tuple[str, str, str]
    occasion: str
    signals: tuple[str, ...] = ()


ACTS = [
    Act(
        "courtesy.greeting", "considerate", "+", ("Greets pleasantly", "מברך בנעימות", "Hilser vennlig"), "conversation"
    ),
    Act("courtesy.closing", "considerate", "+", ("Closes warmly", "נפרד בחמימות", "Avslutter vennlig"), "ending"),
    Act(
        "courtesy.thanks",
        "considerate",
        "+",
        ("Thanks for effort", "מודה על הטרחה", "Takker for innsatsen"),
        "signal",
        ("customer.information",),
    ),
    Act(
        "courtesy.apology",
        "considerate",
        "+",
        ("Apologises for trouble", "מתנצל על הטרחה", "Beklager bryet"),
        "signal",
        ("customer.problem",),
    ),
    Act(
        "help.ownership", "helpful", "+", ("Takes it on", "לוקח אחריות", "Tar ansvar"), "signal", ("customer.problem",)
    ),
    Act(
        "help.deflection",
        "helpful",
        "-",
        ("Sends the customer away", "שולח את הלקוח הלאה", "Skyver kunden fra seg"),
        "signal",
        ("customer.problem",),
    ),
    Act(
        "clarity.next_step",
        "communicative",
        "+",
        ("Says what happens next", "אומר מה הצעד הבא", "Sier hva som skjer videre"),
        "signal",
        ("customer.information",),
    ),
    Act(
        "together.acknowledge",
        "collaborative",
        "+",
        ("Acknowledges the complaint", "מכיר בתלונה", "Anerkjenner klagen"),
        "signal",
        ("customer.complaint",),
    ),
    Act(
        "debate.contest",
        "avoids_debating",
        "-",
        ("Contests what the customer says", "מתווכח עם דברי הלקוח", "Bestrider kunden"),
        "signal",
        ("customer.complaint",),
    ),
    Act(
        "calm.hostile",
        "stays_in_control",
        "-",
        ("Hostile or commanding words", "מילים עוינות או פוקדות", "Fiendtlige ord"),
        "signal",
        ("customer.anger",),
    ),
    Act(
        "solving.solution",
        "problem_solver",
        "+",
        ("Proposes a workable step", "מציע צעד מעשי", "Foreslår noe som virker"),
        "signal",
        ("customer.problem",),
    ),
    Act("listening.interruption", "considerate", "-", ("Interrupts", "קוטע", "Avbryter"), "minute"),
]

# by behaviour and language: what is said where it is shown (the hit in guillemets), and what is said where it is not
SAID: dict[str, dict[str, tuple[list[str], list[str]]]] = {
    "courtesy.greeting": {
        "en": (
            [
                "«Good morning, welcome» to Nordlys, you are talking to us about your order?",
                "«Hello and welcome!» How can I help you today?",
            ],
            ["Order number?", "Yes. What is it about?"],
        ),
        "he": (["«שלום וברוכים הבאים», במה אפשר לעזור היום?"], ["מספר הזמנה?"]),
        "nb": (["«Hei og velkommen til oss», hva kan jeg hjelpe med?"], ["Ordrenummer?"]),
    },
    "courtesy.apology": {
        "en": (
            [
                "«I'm so sorry about» the wait, that should not happen. Leave it with me, I can send a new one today.",
                "«I apologize for» the mix-up; that was on our side.",
            ],
            ["The parcel was scanned on Tuesday.", "You'll have to ask the carrier about that."],
        ),
        "he": (["«אני מתנצל על» העיכוב, זה לא היה צריך לקרות."], ["החבילה נסרקה ביום שלישי."]),
        "nb": (["«Jeg beklager» at du måtte vente så lenge."], ["Pakken ble skannet tirsdag."]),
    },
    "together.acknowledge": {
        "en": (
            [
                "«I see why that» is frustrating after two calls. Let me check what we promised.",
                "«You're right that» the notice should have come first.",
            ],
            [
                "No, that is not true, it clearly says five days in the terms.",
                "Calm down, I am only telling you what I see.",
            ],
        ),
        "he": (["«אני מבין שזה מתסכל» אחרי שתי שיחות, בוא נבדוק יחד."], ["לא נכון, כתוב בתנאים במפורש חמישה ימים."]),
        "nb": (
            ["«Jeg skjønner at det er» ergerlig, la oss se på det sammen."],
            ["Nei, det stemmer ikke, det står fem dager."],
        ),
    },
    "courtesy.thanks": {
        "en": (
            [
                "«Thank you for looking that up», I will call the depot now and write to you by five.",
                "«Thanks for your patience» while I checked; a new one leaves today.",
            ],
            ["Ok. Anything else?", "Noted."],
        ),
        "he": (["«תודה שבדקת», אתקשר למחסן עכשיו ואכתוב לך עד חמש."], ["רשמתי."]),
        "nb": (["«Takk for at du sjekket», jeg ringer lageret nå og skriver før fem."], ["Notert."]),
    },
    "courtesy.closing": {
        "en": (
            [
                "«Have a lovely evening» and thank you for telling us.",
                "«Take care», and write back if it does not arrive.",
            ],
            ["Closing this now.", "Done."],
        ),
        "he": (["«שיהיה לך ערב נעים», ותודה שפנית אלינו."], ["סיימנו."]),
        "nb": (["«Ha en fin kveld», og takk for at du sa fra."], ["Ferdig."]),
    },
}
RIDERS = {  # other behaviours that ride on the same turn, by what is searched for
    "help.ownership": {"en": "leave it with me", "he": "", "nb": ""},
    "help.deflection": {"en": "you'll have to ask", "he": "", "nb": ""},
    "solving.solution": {"en": "I can send a new one", "he": "", "nb": ""},
    "debate.contest": {"en": "that is not true", "he": "לא נכון", "nb": "det stemmer ikke"},
    "calm.hostile": {"en": "Calm down", "he": "", "nb": ""},
    "clarity.next_step": {"en": "by five", "he": "עד חמש", "nb": "før fem"},
}
CUSTOMER: dict[str, dict[str, list[str]]] = {
    "en": {
        "customer.problem": [
            "Hi, the lamp I ordered for my mother's birthday «never arrived» and the party is on Friday.",
            "«The router keeps dropping», I have restarted it four times since breakfast.",
        ],
        "customer.complaint": [
            "«This is the third time I explain this» and nobody calls back!",
            "«You charged me twice», that is ridiculous.",
        ],
        "customer.information": [
            "«The number is [number]», I found it in the mail from May.",
            "«It's on the second page», under delivery.",
        ],
        "close": ["Ok, thank you.", "Fine, I'll wait for your mail then."],
    },
    "he": {
        "customer.problem": ["שלום, המנורה שהזמנתי ליום ההולדת של אמא «לא הגיעה», והמסיבה ביום שישי."],
        "customer.complaint": ["«זו הפעם השלישית שאני מסבירה», ואף אחד לא חוזר אליי!"],
        "customer.information": ["«המספר הוא [number]», מצאתי אותו במייל ממאי."],
        "close": ["בסדר, תודה."],
    },
    "nb": {
        "customer.problem": [
            "Hei, lampen jeg bestilte til bursdagen til mamma «kom aldri fram», og festen er på fredag."
        ],
        "customer.complaint": ["«Dette er tredje gangen jeg forklarer», og ingen ringer tilbake!"],
        "customer.information": ["«Nummeret er [number]», jeg fant det i e-posten fra mai."],
        "close": ["Ok, takk skal du ha."],
    },
}
TEAM = [
    ("a01", "Amira Haddad", "en", 0.85),
    ("a02", "Jonas Berg", "nb", 0.62),
    ("a03", "נועה לוי", "he", 0.72),
    ("a04", "Colin Marsh", "en", 0.28),
    ("a05", "Priya Raman", "en", 0.66),
    ("a06", "Tove Lunde", "nb", 0.80),
    ("a07", "דניאל כהן", "he", 0.40),
    ("a08", "Marek Nowak", "en", 0.55),
    ("a09", "Sofia Duarte", "en", 0.60),
    ("a10", "Hassan Ali", "en", 0.35),
    ("a11", "Ingrid Solheim-Kristoffersen", "nb", 0.58),
    ("a12", HOSTILE_NAME, "en", 0.7),
]
FEW = {"a11": 3, "a12": 0}  # a12 says hostile things only


def knowledge() -> Knowledge:
    """The shipped traits with a dozen behaviours."""
    file = msgspec.toml.decode((SHIPPED / "traits.toml").read_bytes(), type=TraitFile)
    behaviours = {
        act.id: Behaviour(
            id=act.id,
            trait=act.trait,
            sign=act.sign,
            title=dict(zip(("en", "he", "nb"), act.titles, strict=True)),
            advice={
                "en": f"More of this helps: {act.titles[0].lower()}.",
                "he": f"עוד מזה יעזור: {act.titles[1]}.",
                "nb": f"Mer av dette hjelper: {act.titles[2].lower()}.",
            },
            definition="made up",
            source="made up",
            needs=["text"],
            rule=Phrases(),
            opportunity=Opportunity(occasion=act.occasion, signals=list(act.signals)),  # type: ignore[arg-type]
            unit="per_minute" if act.occasion == "minute" else "share",
        )
        for act in ACTS
    }
    return Knowledge(
        {c.id: c for c in file.cluster}, {t.id: t for t in file.trait}, {}, behaviours, "test", {}, SHIPPED
    )


def _span(marked: str) -> tuple[str, int | None, int | None]:
    begin, end = marked.find("«"), marked.find("»")
    return (marked.replace("«", "").replace("»", ""), begin, end - 1) if begin >= 0 else (marked, None, None)


class _Writer:
    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self.counts: dict[tuple[str, str], list[int]] = {}
        self.places: dict[tuple[str, str], set[str]] = {}

    def add(self, table: str, **values: Any) -> None:
        self.rows[table].append({column: values.get(column) for column in TABLES[table]} | values)

    def occasion(self, conversation: str, turn: int | None, person: str, behaviour: str, met: bool) -> None:
        self.add("opportunities", conversation=conversation, turn=turn, person=person, behaviour=behaviour, met=met)
        tally = self.counts.setdefault((person, behaviour), [0, 0])
        tally[0] += met
        tally[1] += 1
        self.places.setdefault((person, behaviour), set()).add(conversation)

    def hit(self, conversation: str, turn: int, person: str, behaviour: str, begin: int, end: int, rule: str) -> None:
        self.add(
            "hits",
            conversation=conversation,
            turn=turn,
            person=person,
            behaviour=behaviour,
            begin=begin,
            end=end,
            score=1.0,
            rule=rule,
            tier="fast",
        )


def write_results(folder: Path, *, people: int = 12, each: int = 36, seed: int = 7) -> Path:
    """Write a run of ``people`` agents with ``each`` conversations into ``folder``; above 12, they repeat."""
    random_ = random.Random(seed)
    writer = _Writer()
    team = [
        (code, name, language, skill) if place < len(TEAM) else (f"b{place:03}", f"{name} {place}", language, skill)
        for place in range(people)
        for code, name, language, skill in [TEAM[place % len(TEAM)]]
    ]
    start = datetime(2026, 5, 4, 8, tzinfo=UTC)
    number = 0
    for person, name, language, skill in team:
        for place in range(FEW.get(person, each)):
            number += 1
            spoken = language if place % 3 else "en"
            _conversation(
                writer,
                random_,
                f"c{number:05}",
                person,
                name,
                spoken,
                skill,
                start + timedelta(hours=random_.randrange(2400)),
            )
        if person == "a12":
            for place, marked in enumerate(HOSTILE):
                conversation = f"x{place}"
                _opening(writer, conversation, person, name, "en", start + timedelta(days=200 + place))
                writer.add(
                    "turns",
                    conversation=conversation,
                    turn=0,
                    person="cx",
                    role="customer",
                    text="I looked it up <i>twice</i> & found it",
                    private=False,
                )
                text, begin, end = _span(marked)
                writer.add(
                    "turns", conversation=conversation, turn=1, person=person, role="agent", text=text, private=False
                )
                assert begin is not None and end is not None
                writer.hit(conversation, 1, person, "courtesy.thanks", begin, end, "<thanks> [so much]")
                writer.occasion(conversation, 0, person, "courtesy.thanks", True)
    _numbers(writer, [person for person, *_ in team])
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in writer.rows.items():
        pl.DataFrame(rows, schema=dict(TABLES[table])).write_parquet(folder / f"{table}.parquet")
    conversations = writer.rows["conversations"]
    run = model.RunInfo(
        poise="0.1.0",
        knowledge="3f9c2a7d11b0",
        tier="fast",
        started_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        norms=model.NormsUsed(name="Sample team", version="1", people=12, conversations=400, invented=True),
        inputs=[
            model.InputRead(
                file="export/<chats>.jsonl",
                format="canonical",
                conversations=len(conversations),
                turns=len(writer.rows["turns"]),
                rejects=2,
            )
        ],
        counts={name: len(rows) for name, rows in writer.rows.items()}
        | {"people_named": people, "people_unnamed": 2, "rejects": 2},
        languages={"en": 300, "he": 60, "nb": 80},
        channels={"chat": 440},
        purposes={"coaching": 440},
        gaps=[
            model.Gap(behaviour="listening.interruption", needs=["channels"], conversations_without=412),
            model.Gap(behaviour="calm.hostile", needs=["text", "events"], conversations_without=3),
        ],
        excluded=model.Excluded(behaviours=["courtesy.closing"], phrases=["have a <great> day"]),
    )
    (folder / "run.json").write_bytes(msgspec.json.encode(run))
    return folder


def _opening(writer: _Writer, conversation: str, person: str, name: str, language: str, at: datetime) -> None:
    writer.add(
        "conversations",
        conversation=conversation,
        channel="call" if hash(at.hour) % 3 == 0 else "chat",
        language=language,
        started_at=at,
        purpose="coaching",
        customer="cu",
    )
    writer.add(
        "people",
        conversation=conversation,
        person=person,
        role="agent",
        name=name,
        team="Evening" if person in ("a02", "a04", "a06") else "Day",
        named=True,
    )


def _conversation(
    writer: _Writer,
    random_: random.Random,
    conversation: str,
    person: str,
    name: str,
    language: str,
    skill: float,
    at: datetime,
) -> None:
    _opening(writer, conversation, person, name, language, at)
    script = [
        "courtesy.greeting",
        "customer.problem",
        "courtesy.apology",
        "customer.complaint",
        "together.acknowledge",
        "customer.information",
        "courtesy.thanks",
        "close",
        "courtesy.closing",
    ]
    for turn, slot in enumerate(script):
        if slot in SAID:
            met = random_.random() < skill
            text, begin, end = _span(random_.choice(SAID[slot][language][0 if met else 1]))
            occasion = None if slot in ("courtesy.greeting", "courtesy.closing") else turn - 1
            writer.occasion(conversation, occasion, person, slot, met)
            if begin is not None and end is not None:
                writer.hit(conversation, turn, person, slot, begin, end, f"phrases: {text[begin:end].lower()}")
            for rider, words in RIDERS.items():
                signals = next(act.signals for act in ACTS if act.id == rider)
                if script[turn - 1] in signals or (rider == "calm.hostile" and slot == "together.acknowledge"):
                    place = text.casefold().find(words[language].casefold()) if words[language] else -1
                    writer.occasion(conversation, turn - 1, person, rider, place >= 0)
                    if place >= 0:
                        writer.hit(conversation, turn, person, rider, place, place + len(words[language]), rider)
            writer.add(
                "turns",
                conversation=conversation,
                turn=turn,
                person=person,
                role="agent",
                text=text,
                private=False,
                start=turn * 20.0,
            )
        else:
            text, begin, end = _span(random_.choice(CUSTOMER[language][slot]))
            if begin is not None:
                writer.add(
                    "signals",
                    conversation=conversation,
                    turn=turn,
                    person="cx",
                    signal=slot,
                    begin=begin,
                    end=end,
                    level=1.0,
                )
            writer.add(
                "turns",
                conversation=conversation,
                turn=turn,
                person="cx",
                role="customer",
                text=text,
                private=False,
                start=turn * 20.0,
            )


def _numbers(writer: _Writer, people: list[str]) -> None:
    """Rates, contributions and estimates from the counts, by a plain shrinkage."""
    file = knowledge()
    totals = {act.id: [sum(writer.counts.get((p, act.id), [0, 0])[i] for p in people) for i in (0, 1)] for act in ACTS}
    for person in people:
        levels: dict[str, tuple[float, float, int, int]] = {}
        for trait in file.traits:
            total, variance, conversations, occasions = 0.0, 0.0, 0, 0
            acts = [act for act in ACTS if act.trait == trait]
            for act in acts:
                hits, n = writer.counts.get((person, act.id), (0, 0))
                norm = (totals[act.id][0] + 1) / (totals[act.id][1] + 2)
                rate = (hits + 6 * norm) / (n + 6)
                sd = math.sqrt(rate * (1 - rate) / (n + 7))
                shown = n >= 10
                deviation = (math.log(rate / (1 - rate)) - math.log(norm / (1 - norm))) * (1 if act.sign == "+" else -1)
                places = len(writer.places.get((person, act.id), ()))
                writer.add(
                    "rates",
                    person=person,
                    behaviour=act.id,
                    rate=rate if n else None,
                    low=max(0.0, rate - 1.64 * sd) if n else None,
                    high=min(1.0, rate + 1.64 * sd) if n else None,
                    norm=norm,
                    deviation=deviation,
                    deviation_sd=0.2,
                    hits=hits,
                    opportunities=n,
                    conversations=places,
                    exposure_s=0.0,
                    shown=shown,
                    reason=None if shown else "few_opportunities",
                )
                if shown:
                    weight = 1.0 / len(acts)
                    total += weight * deviation
                    variance += (weight * sd / (norm * (1 - norm))) ** 2
                    conversations, occasions = max(conversations, places), occasions + n
                    writer.add(
                        "contributions",
                        person=person,
                        trait=trait,
                        behaviour=act.id,
                        weight=weight,
                        deviation=deviation,
                        contribution=weight * deviation,
                    )
            if conversations:
                levels[trait] = (3 + total, max(0.12, math.sqrt(variance)), conversations, occasions)
            if trait in levels:
                level = min(5.0, max(1.0, levels[trait][0]))
                for act in acts:
                    hits, n = writer.counts.get((person, act.id), (0, 0))
                    if n >= 10:
                        usual = round(10 * hits / n)
                        met = min(10, usual + 5) if act.sign == "+" else max(0, usual - 5)
                        writer.add(
                            "changes",
                            person=person,
                            trait=trait,
                            kind="behaviour",
                            behaviour=act.id,
                            occasions=10,
                            met=met,
                            usual=usual,
                            level=level,
                            level_then=min(5.0, level + abs(met - usual) / 12),
                        )
                more = 120 if trait != "helpful" else None
                writer.add("changes", person=person, trait=trait, kind="gate", level=level, conversations=0)
                writer.add("changes", person=person, trait=trait, kind="half_interval", level=level, conversations=more)
            elif trait == "considerate":
                writer.add("changes", person=person, trait=trait, kind="gate", conversations=7)
            _estimate(
                writer,
                person,
                trait,
                "trait",
                levels.get(trait),
                hidden=trait == "communicative" and "cluster_instead",
            )
        for cluster in file.clusters:
            own = [levels[t.id] for t in file.traits.values() if t.cluster == cluster and t.id in levels]
            both = (
                (
                    sum(x[0] for x in own) / len(own),
                    sum(x[1] for x in own) / len(own) / math.sqrt(len(own)),
                    max(x[2] for x in own),
                    sum(x[3] for x in own),
                )
                if own
                else None
            )
            _estimate(writer, person, cluster, "cluster", both)


def _estimate(
    writer: _Writer,
    person: str,
    code: str,
    kind: str,
    level: tuple[float, float, int, int] | None,
    *,
    hidden: str | bool = False,
) -> None:
    mean, sd, conversations, occasions = level or (None, None, 0, 0)
    shown = mean is not None and not hidden
    low = high = below = None
    if mean is not None and sd is not None:
        mean = min(5.0, max(1.0, mean))
        low, high = max(1.0, mean - 1.64 * sd), min(5.0, mean + 1.64 * sd)
        below = 0.5 * (1 + math.erf((2.5 - mean) / sd / math.sqrt(2)))
    writer.add(
        "estimates",
        person=person,
        trait=code,
        kind=kind,
        source="conversation",
        mean=mean,
        low=low,
        high=high,
        conversations=conversations,
        opportunities=occasions,
        reliability=0.8,
        below_standard=below,
        shown=shown,
        reason=None if shown else (hidden or "few_conversations"),
        norms="sample-1",
    )
