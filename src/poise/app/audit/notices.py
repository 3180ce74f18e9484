"""What people are told before their conversations are looked at, and that nothing is imported until they were.

Each text is whole in its own language.

The points are those that article 13 of the General Data Protection Regulation and the Norwegian, Israeli and European
rules on monitoring at work ask for (docs/reference/app.md); whoever gives the notice fills in the brackets.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.urls import reverse

from poise.app.access import Purpose
from poise.app.audit.models import NoticeGiven

__all__ = ["NOTICES", "address", "is_lacking"]

NOTICES: Final[dict[str, tuple[str, str, list[str]]]] = {
    "en": (
        "English",
        "How conversations with customers are looked at",
        [
            "From [date], [employer] looks at conversations with customers (chats, e-mails and transcripts of calls) with "
            "a program called Poise. It looks for acts of good service, such as greeting, listening, explaining and "
            "staying calm, and counts how often an act was shown where it was called for.",
            "It is done in order to coach: to see who would be helped by what. It is not used to hire, to dismiss or to "
            "set pay. No decision about anybody is made by the program.",
            "Only words, times and countable acts are used. No feelings are inferred from voices, faces or bodies.",
            "You see your own profile, with every sentence that it rests on. You may contest any of it; a person "
            "decides, and the result follows. Your coach sees the profiles of your team. Every look is logged.",
            "Conversations are kept for [months] months. You may have everything that is held on you sent to you, have "
            "it corrected, and in the cases that the law names have it erased. Ask [contact]. You may also complain to "
            "the data protection authority.",
        ],
    ),
    "he": (
        "עברית",
        "כיצד נבחנות שיחות עם לקוחות",
        [
            "החל מ־[תאריך] ייבחנו ב־[שם המעסיק] שיחות עם לקוחות (צ׳אטים, דואר אלקטרוני ותמלילי שיחות) בעזרת תוכנה בשם "
            "Poise. התוכנה מחפשת מעשים של שירות טוב, כגון פתיחה בברכה, הקשבה, הסבר ושמירה על קור רוח, וסופרת באיזו "
            "תדירות נעשה מעשה במקום שבו היה צורך בו.",
            "המטרה היא הדרכה: לראות למי תועיל עזרה ובמה. הדבר אינו משמש לקבלה לעבודה, לפיטורים או לקביעת שכר. התוכנה "
            "אינה מחליטה דבר על איש.",
            "נעשה שימוש במילים, בזמנים ובמעשים שאפשר לספור בלבד. לא מוסקים רגשות מקול, מפנים או מגוף.",
            "הפרופיל שלך גלוי לך, ובו כל משפט שהוא נשען עליו. אפשר לערער על כל פרט; אדם מחליט, והתוצאה מתעדכנת בהתאם. "
            "המדריך או המדריכה רואים את הפרופילים של הצוות. כל צפייה נרשמת.",
            "השיחות נשמרות [מספר] חודשים. אפשר לקבל את כל המידע השמור עליך, לבקש לתקן אותו, ובמקרים הקבועים בחוק גם "
            "למחוק אותו. לפנייה: [איש קשר]. אפשר גם להגיש תלונה לרשות להגנת הפרטיות.",
        ],
    ),
    "nb": (
        "Norsk bokmål",
        "Slik ser vi på samtaler med kunder",
        [
            "Fra [dato] ser [arbeidsgiver] på samtaler med kunder (chat, e-post og utskrifter av telefonsamtaler) med et "
            "program som heter Poise. Det leter etter handlinger i god service, som å hilse, lytte, forklare og beholde "
            "roen, og teller hvor ofte en handling ble vist der den trengtes.",
            "Formålet er veiledning: å se hvem som har nytte av hjelp, og med hva. Det brukes ikke til ansettelse, "
            "oppsigelse eller lønn. Programmet avgjør ingenting om noen.",
            "Bare ord, tider og handlinger som kan telles, blir brukt. Ingen følelser leses ut av stemmer, ansikter eller "
            "kropper.",
            "Du ser din egen profil med hver setning den bygger på. Du kan bestride alt i den; et menneske avgjør, og "
            "resultatet følger. Veilederen din ser profilene i teamet. Hvert innsyn blir loggført.",
            "Samtalene lagres i [antall] måneder. Du kan få alt som er lagret om deg, få det rettet, og i de tilfellene "
            "loven nevner, få det slettet. Henvend deg til [kontakt]. Du kan også klage til Datatilsynet.",
        ],
    ),
}
"""By language: its own name, the heading, the paragraphs."""


def is_lacking(purpose: str = Purpose.COACHING) -> bool:
    """Whether nobody has noted yet that people were told, and conversations of this purpose must therefore wait.

    Candidates are told, and agree, one by one; the notice is to those who are at work.
    """
    return purpose == Purpose.COACHING and not NoticeGiven.objects.exists()


def address() -> str:
    """Return where the notice stands, for programs that cannot follow a link of a page."""
    return f"{settings.PUBLIC_URL}{reverse('notice')}"
