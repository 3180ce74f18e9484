"""Bodies of mail: markup, quoted replies and signatures are not the writer's words."""

import time

import pytest

from poise.reading.mail import own_words, text_of_html


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("plain < 5 & more", "plain < 5 & more"),
        ("<p>One</p><p>Two&nbsp;&amp; three</p>", "One\nTwo & three"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<div>Hi</div><div class='gmail_quote'>On Monday Bo wrote:<blockquote>old</blockquote></div>", "Hi"),
        ("<blockquote>x<blockquote>y</blockquote></blockquote><p>new</p>", "new"),
        ("<p>new</p><div id='appendonsend'></div><hr><div>From: Bo</div>", "new"),
        ("<style>p{}</style><script>alert(1)</script><p>ok</p>", "ok"),
        ("<p>a\n   b</p>", "a b"),
        ("&lt;b&gt;", "<b>"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("", ""),
    ],
)
def test_html(body, text):
    assert text_of_html(body) == text


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        ("Yes.\n\nOn Mon, Mar 2, 2026 at 10:30 AM Bo <b@x.example> wrote:\n> old", "Yes."),
        ("Ja.\n\nDen 3. mars 2026 kl. 09:00 skrev Kari <k@x.example>:\n> gammelt", "Ja."),
        ("Ja.\n\nFra: Kari\nSendt: mandag\nTil: Bo\nEmne: Sak\n\ngammelt", "Ja."),
        ("כן.\n\nבתאריך יום ב׳, 2 במרץ 2026 ב-10:30 מאת דנה <d@x.example>:\nישן", "כן."),
        ("Fine.\n\n-----Original Message-----\nFrom: Bo\nSent: today\n\nold", "Fine."),
        ("Text above.\n> quoted\n> more", "Text above."),
        ("It is done.\n\nKind regards,\nJon Berg\nCustomer Care\ntel. 12345678", "It is done.\n\nKind regards,"),
        ("Gjort.\n\nMed vennlig hilsen\nMia Holm\nmia@x.example", "Gjort.\n\nMed vennlig hilsen"),
        ("בוצע.\n\nבברכה,\nדנה לוי", "בוצע.\n\nבברכה,"),
        ("Ok.\n--\nEllen\nSupport", "Ok."),
        ("Great.\nSent from my iPhone", "Great."),
        ("Bra.\nSendt fra min iPhone", "Bra."),
        # a line that opens with thanks is not a signature, and neither is a list
        ("Hi Bo,\nThanks, we have it.\nHere is what to do next:\n- unplug it\n- wait", None),
        ("Thanks\nI tried all of that, it still does not work at all and I am tired of it.", None),
        ("On Monday I wrote: nothing.", None),
        ("> all of it quoted", None),
        ("", None),
    ],
)
def test_own_words(mail, words):
    assert own_words(mail) == (mail if words is None else words)


@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 50_000,
        "<blockquote>" * 5_000 + "x",
        "On " * 6_000 + "wrote:",
        "From: " * 3_000,
        "Best,\n" * 3_000,
        "Den " * 5_000 + "skrev",
        "-- \n" * 5_000,
        "_" * 19_000 + " wrote:",
        "regards\n" + "a\n" * 9_000,
        " " * 19_000 + "From:",
        "CAUTION: " + "mail " * 3_000,
    ],
)
def test_hostile_bodies_take_no_time(hostile):
    begin = time.process_time()
    own_words(text_of_html(hostile))
    assert time.process_time() - begin < 3
