"""The standard text of the notice to candidates, whole in each language.

``told`` has the places ``team``, ``campaign``, ``traits``, ``raters``, ``clock`` and ``months``; ``contact`` has
``contact``. ``clock`` says when interviews begin, after one business day or after ``days``. Paragraphs are parted by an
empty line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["TEXTS", "Text"]


@dataclass(frozen=True, slots=True)
class Text:
    """One language's text."""

    told: str
    clock: tuple[str, str]
    contact: str


TEXTS: Final[dict[str, Text]] = {
    "en": Text(
        told="""\
{team} assesses your application ({campaign}) by structured interviews. This is what you should know beforehand.

What is assessed: {traits}. Everybody who applies is asked the same questions in the same order. Each answer is rated \
by up to {raters} people, each for themselves, on a written scale from 1 to 5, and every rating rests on what you said.

What a program does: a program called Poise puts the ratings together. It works out how sure each result is, and how \
strict each rater is, and shows that to the people who decide. It gives no recommendation to hire or not to hire. \
A person decides, and writes down why. If you agree to it, and only then, your interviews are recorded, and a program \
searches the transcript for acts of service, such as greeting or listening. No feelings are inferred from your voice, \
face or body.

What you can do: you can ask for adjustments, such as more time or another way of meeting, and you need not say why. \
You can ask for an alternative process, in which people interview you and decide without any of the program's figures. \
Neither counts against you. You may say no to recording and to the search of transcripts without any disadvantage.

What you get: your own report with what was assessed and what it rests on, and you can object to any of it. A person \
answers. You may have a copy of everything that is held on you, have it corrected, and have it erased where the law \
provides for it. You may complain to the data protection authority.

{clock}What is held on you is kept until {months} \
months after the campaign is closed, is used for this selection alone, and is then removed.""",
        clock=(
            "Your interview is at the earliest one business day after this notice. ",
            "Your interview is at the earliest {days} business days after this notice. ",
        ),
        contact="Questions, and wishes for adjustments or the alternative process: {contact}",
    ),
    "he": Text(
        told="""\
המועמדות שלך אצל {team} ({campaign}) נבחנת בראיונות מובנים. זה מה שחשוב לדעת מראש.

מה נבחן: {traits}. כל מי שהגישו מועמדות נשאלים אותן שאלות באותו סדר. כל תשובה מדורגת על ידי עד {raters} מראיינים, \
כל אחד בנפרד, בסולם כתוב מ־1 עד 5, וכל דירוג נשען על מה שאמרת.

מה עושה התוכנה: תוכנה בשם Poise מרכזת את הדירוגים. היא מחשבת עד כמה כל תוצאה ודאית ועד כמה כל מעריך מחמיר, ומציגה זאת \
למי שמחליטים. היא אינה ממליצה לקבל או לדחות. אדם מחליט וכותב מדוע. רק בהסכמתך הראיונות מוקלטים, ותוכנה מחפשת \
בתמליל מעשים של שירות, כגון ברכה או הקשבה. לא מוסקים רגשות מהקול, מהפנים או מהגוף.

מה אפשר לבקש: אפשר לבקש התאמות, כגון זמן נוסף או דרך מפגש אחרת, בלי לנמק. אפשר לבקש תהליך חלופי, שבו אנשים מראיינים \
ומחליטים בלי הנתונים של התוכנה. שום בקשה כזאת לא תיזקף לחובתך. אפשר לסרב להקלטה ולחיפוש בתמלילים בלי כל פגיעה.

מה מקבלים: דוח אישי, ובו מה נבחן ועל מה זה נשען, ואפשר להשיג על כל דבר בו. אדם עונה. אפשר לקבל העתק של כל המידע \
השמור עליך, לבקש לתקן אותו, ולמחוק אותו במקרים הקבועים בחוק. אפשר להגיש תלונה לרשות להגנת הפרטיות.

{clock}המידע עליך נשמר עד {months} חודשים לאחר סגירת הגיוס, \
משמש לתהליך המיון הזה בלבד, ואז מוסר.""",
        clock=(
            "הריאיון ייערך לא לפני יום עסקים אחד ממסירת ההודעה הזאת. ",
            "הריאיון ייערך לא לפני {days} ימי עסקים ממסירת ההודעה הזאת. ",
        ),
        contact="לשאלות ולבקשות להתאמה או לתהליך חלופי: {contact}",
    ),
    "nb": Text(
        told="""\
{team} vurderer søknaden din ({campaign}) ved strukturerte intervjuer. Dette bør du vite på forhånd.

Hva som vurderes: {traits}. Alle som søker, får de samme spørsmålene i samme rekkefølge. Hvert svar vurderes av inntil \
{raters} personer, hver for seg, på en skriftlig skala fra 1 til 5, og hver vurdering bygger på det du har sagt.

Hva et program gjør: Et program som heter Poise, setter vurderingene sammen. Det regner ut hvor sikkert hvert resultat \
er, og hvor streng hver av dem som vurderer, er, og viser det til dem som bestemmer. Det anbefaler ikke hvem som skal \
ansettes. Et menneske bestemmer og skriver ned hvorfor. Bare hvis du samtykker, blir intervjuene tatt opp, og et \
program leter i utskriften etter handlinger i god service, som å hilse eller lytte. Ingen følelser leses ut av \
stemmen, ansiktet eller kroppen.

Hva du kan gjøre: Du kan be om tilrettelegging, som mer tid eller en annen måte å møtes på, uten å si hvorfor. Du kan \
be om en alternativ prosess, der mennesker intervjuer deg og bestemmer uten programmets tall. Ingen av delene teller \
mot deg. Du kan si nei til opptak og til søk i utskrifter uten noen ulempe.

Hva du får: din egen rapport med hva som ble vurdert, og hva det bygger på, og du kan komme med innsigelser mot alt i \
den. Et menneske svarer. Du kan få kopi av alt som er lagret om deg, få det rettet, og få det slettet der loven gir \
rett til det. Du kan klage til Datatilsynet.

{clock}Det som er lagret om deg, oppbevares til {months} \
måneder etter at ansettelsesrunden er avsluttet, brukes bare til denne utvelgelsen og blir så fjernet.""",
        clock=(
            "Intervjuet er tidligst én virkedag etter denne meldingen. ",
            "Intervjuet er tidligst {days} virkedager etter denne meldingen. ",
        ),
        contact="Spørsmål og ønsker om tilrettelegging eller alternativ prosess: {contact}",
    ),
}
"""By language."""
