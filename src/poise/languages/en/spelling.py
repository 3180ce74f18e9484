"""Spellings of English that are folded before anything is compared: British, without apostrophes, shorthand."""

from __future__ import annotations

__all__ = ["CONTRACTIONS", "VARIANTS", "words"]


def words(text: str) -> tuple[str, ...]:
    """Return the words of ``text``."""
    return tuple(text.split())


CONTRACTIONS = frozenset(
    words("""
    i'm i've i'll i'd you're you've you'll you'd he's he'll he'd she's she'll she'd it's it'll it'd we've we're we'll
    we'd they're they've they'll they'd that's that'll that'd there's there'll here's what's what're what'll who's
    who'll where's when's why's how's how'd let's aren't can't couldn't didn't doesn't don't hadn't hasn't haven't isn't
    mightn't mustn't needn't shouldn't wasn't weren't won't wouldn't ain't could've should've would've must've might've
    y'all
    """)
)
"""Words that people write without their apostrophe."""

OTHER_WORDS = frozenset({"were", "well", "wed", "shell", "hell", "shed", "hed", "whore", "whatre"})
"""What a contraction without its apostrophe would turn another word into. ``its``, ``ill`` and ``id`` are folded:
in messages they stand for it's, i'll and i'd far more often, and phrases fold alike."""

ISE = words("""
    agoni apologi authori brutali capitali categori critici customi digiti emphasi energi equali finali generali
    harmoni hospitali immuni initiali itemi legali locali maximi memori minimi mobili modeli moderni moni neutrali
    normali optimi organi penali personali prioriti publici rationali reali recogni reorgani sanitati scrutini
    sociali speciali stabili standardi subsidi summari sympathi synchroni unauthori utili victimi visuali
    """)
"""Stems of verbs that end in -ise in Britain and in -ize in America."""

OUR = words("""
    arbour behaviour clamour colour demeanour endeavour favour flavour glamour harbour honour humour labour neighbour
    odour rigour rumour saviour splendour tumour vapour vigour
    """)
"""Nouns and verbs in -our."""

DOUBLED = words("""
    cancel channel counsel dial equal fuel initial label level model panel pedal refuel signal total travel tunnel
    """)
"""Verbs whose l is doubled before -ed and -ing in Britain."""

SPELLINGS = {
    "aeroplane": "airplane",
    "ageing": "aging",
    "aluminium": "aluminum",
    "amongst": "among",
    "analyse": "analyze",
    "analysed": "analyzed",
    "analysing": "analyzing",
    "burnt": "burned",
    "cancellation": "cancelation",
    "cancellations": "cancelations",
    "catalogue": "catalog",
    "catalogues": "catalogs",
    "centimetre": "centimeter",
    "centimetres": "centimeters",
    "centre": "center",
    "centres": "centers",
    "defence": "defense",
    "enquire": "inquire",
    "enquired": "inquired",
    "enquiries": "inquiries",
    "enquiring": "inquiring",
    "enquiry": "inquiry",
    "enrol": "enroll",
    "enrolment": "enrollment",
    "favourable": "favorable",
    "favourite": "favorite",
    "favourites": "favorites",
    "fibre": "fiber",
    "fulfil": "fulfill",
    "fulfilment": "fulfillment",
    "grey": "gray",
    "honourable": "honorable",
    "instalment": "installment",
    "instalments": "installments",
    "jewellery": "jewelry",
    "judgement": "judgment",
    "acknowledgement": "acknowledgment",
    "kilometre": "kilometer",
    "kilometres": "kilometers",
    "learnt": "learned",
    "licence": "license",
    "licences": "licenses",
    "litre": "liter",
    "litres": "liters",
    "metre": "meter",
    "metres": "meters",
    "mum": "mom",
    "offence": "offense",
    "organisation": "organization",
    "organisations": "organizations",
    "authorisation": "authorization",
    "practise": "practice",
    "practised": "practiced",
    "programme": "program",
    "programmes": "programs",
    "pyjamas": "pajamas",
    "sceptical": "skeptical",
    "spelt": "spelled",
    "storey": "story",
    "theatre": "theater",
    "theatres": "theaters",
    "towards": "toward",
    "traveller": "traveler",
    "travellers": "travelers",
    "tyre": "tire",
    "tyres": "tires",
    "unrecognised": "unrecognized",
    "whilst": "while",
}
"""Other British spellings with their American ones."""

SHORTHAND = {
    "2day": "today",
    "2moro": "tomorrow",
    "2morrow": "tomorrow",
    "abt": "about",
    "acct": "account",
    "accts": "accounts",
    "appt": "appointment",
    "b4": "before",
    "bcoz": "because",
    "bcz": "because",
    "bday": "birthday",
    "bye-bye": "bye",
    "coz": "because",
    "cuz": "because",
    "cya": "bye",
    "def": "definitely",
    "gd": "good",
    "gr8": "great",
    "gud": "good",
    "hai": "hi",
    "hallo": "hello",
    "hellow": "hello",
    "helo": "hello",
    "heya": "hey",
    "hie": "hi",
    "hii": "hi",
    "hiya": "hi",
    "hullo": "hello",
    "k": "okay",
    "kk": "okay",
    "l8r": "later",
    "msg": "message",
    "msgs": "messages",
    "nite": "night",
    "ok": "okay",
    "oki": "okay",
    "okey": "okay",
    "okie": "okay",
    "okk": "okay",
    "okya": "okay",
    "payed": "paid",
    "plase": "please",
    "pleas": "please",
    "pleae": "please",
    "plesae": "please",
    "plesase": "please",
    "pls": "please",
    "plse": "please",
    "plss": "please",
    "plz": "please",
    "plzz": "please",
    "ppl": "people",
    "prolly": "probably",
    "qs": "questions",
    "r": "are",
    "soz": "sorry",
    "srry": "sorry",
    "sry": "sorry",
    "thank-you": "thanks",
    "thankq": "thanks",
    "thanku": "thanks",
    "thankyou": "thanks",
    "thanx": "thanks",
    "thks": "thanks",
    "thku": "thanks",
    "thnks": "thanks",
    "thnx": "thanks",
    "tho": "though",
    "thru": "through",
    "thx": "thanks",
    "thxs": "thanks",
    "tks": "thanks",
    "tmr": "tomorrow",
    "tmrw": "tomorrow",
    "tnx": "thanks",
    "tomo": "tomorrow",
    "tq": "thanks",
    "ty": "thanks",
    "tysm": "thanks",
    "u": "you",
    "ur": "your",
    "urs": "yours",
    "wk": "week",
    "wks": "weeks",
    "yea": "yeah",
    "yeh": "yeah",
    "yep": "yeah",
    "yess": "yes",
    "yh": "yeah",
    "yup": "yeah",
}
"""Shorthand of chats, and the many spellings of hello, yes and thanks."""

MISSPELLINGS = {
    "accomodate": "accommodate",
    "accross": "across",
    "acount": "account",
    "adress": "address",
    "appologies": "apologies",
    "appologize": "apologize",
    "availble": "available",
    "becasue": "because",
    "becuase": "because",
    "beleive": "believe",
    "cancle": "cancel",
    "cancled": "canceled",
    "cannot": "can't",
    "canot": "can't",
    "cant't": "can't",
    "chnage": "change",
    "complaign": "complain",
    "costumer": "customer",
    "definately": "definitely",
    "delievery": "delivery",
    "delivary": "delivery",
    "didint": "didn't",
    "diddnt": "didn't",
    "dint": "didn't",
    "disapointed": "disappointed",
    "dissapointed": "disappointed",
    "dissappointed": "disappointed",
    "doesent": "doesn't",
    "dosent": "doesn't",
    "dosnt": "doesn't",
    "goodmorning": "morning",
    "happend": "happened",
    "immediatly": "immediately",
    "inconvience": "inconvenience",
    "inconvinience": "inconvenience",
    "isnt't": "isn't",
    "mangager": "manager",
    "manger": "manager",
    "occured": "occurred",
    "oder": "order",
    "pasword": "password",
    "payement": "payment",
    "probelm": "problem",
    "problm": "problem",
    "realy": "really",
    "reciept": "receipt",
    "recieve": "receive",
    "recieved": "received",
    "refound": "refund",
    "rediculous": "ridiculous",
    "ridiculus": "ridiculous",
    "seperate": "separate",
    "teh": "the",
    "thats's": "that's",
    "thier": "their",
    "tommorow": "tomorrow",
    "tommorrow": "tomorrow",
    "tomorow": "tomorrow",
    "truely": "truly",
    "unacceptible": "unacceptable",
    "unnacceptable": "unacceptable",
    "untill": "until",
    "waitting": "waiting",
    "wich": "which",
    "wierd": "weird",
    "wrok": "work",
}
"""Frequent slips of the finger."""


def _variants() -> dict[str, str]:
    """Return every spelling that is folded, with what it is folded into."""
    folded = {word.replace("'", ""): word for word in CONTRACTIONS}
    for word in OTHER_WORDS:
        folded.pop(word, None)
    for stem in ISE:
        for british, american in (("se", "ze"), ("sed", "zed"), ("ses", "zes"), ("sing", "zing"), ("ser", "zer")):
            folded[stem + british] = stem + american
    for word in OUR:
        for ending in ("", "s", "ed", "ing"):
            folded[word + ending] = word[:-2] + "r" + ending
    for word in DOUBLED:
        for ending in ("ed", "ing"):
            folded[word + "l" + ending] = word + ending
    folded |= SPELLINGS | SHORTHAND | MISSPELLINGS
    return {word: plain for word, plain in folded.items() if word != plain}


VARIANTS = _variants()
