"""One hand-made export a vendor, awkward conversations included."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from poise.reading import InputError, PeopleMap, find


def roles(tables, conversation):
    return tables.turns.filter(conversation=conversation)["role"].to_list()


def events(tables, conversation):
    return tables.events.filter(conversation=conversation).select("kind", "person").rows()


def refused(tables):
    return tables.rejects.select("line", "field").rows()


@pytest.mark.parametrize(
    ("folder", "formats"),
    [
        ("canonical", {"canonical": 1}),
        ("csv", {"csv": 1}),
        ("chatwoot", {"chatwoot": 1}),
        ("zendesk", {"zendesk": 1}),
        ("zendesk-apart", {"zendesk": 3}),
        ("zendesk-chat", {"zendesk-chat": 1}),
        ("intercom", {"intercom": 2}),
        ("contact-lens", {"contact-lens": 2}),
        ("freshdesk", {"freshdesk": 1}),
        ("whisperx", {"whisperx": 3}),
        ("vtt", {"vtt": 2}),
        ("srt", {"srt": 2}),
        ("convokit", {"convokit": 1}),
    ],
)
def test_formats_are_recognised_by_content(exports, folder, formats):
    assert find([exports / folder]).formats == formats


def test_chatwoot(read, exports):
    tables = read(exports / "chatwoot")
    first = "chatwoot-41"
    assert roles(tables, first) == [
        *("customer", "bot", "agent", "system", "agent", "agent", "agent", "customer", "system", "bot")
    ]
    turns = tables.turns.filter(conversation=first)
    assert turns["at"].is_sorted()
    assert turns["private"].to_list() == [False, False, False, False, True, True, False, False, False, False]
    assert turns["person"][0] == "chatwoot-contact-7"  # contact 7 is not user 7
    assert turns["person"][2] == "chatwoot-7"
    assert events(tables, first) == [("assigned", "chatwoot-7"), ("resolved", "chatwoot-7")]
    assert events(tables, "chatwoot-42")[:2] == [("assigned", "chatwoot-11"), ("transfer", "Anna Kowalski")]
    row = tables.conversations.row(0, named=True)
    assert (row["csat"], row["resolved"], row["topic"], row["queue"]) == (5.0, True, "billing", "inbox-3")
    assert tables.conversations["language"].to_list() == ["en", "he"]
    assert tables.people.filter(person="chatwoot-7").select("name", "team").row(0) == ("Anna Kowalski", "Billing")
    assert refused(tables) == [(3, "turns"), (4, "messages[0].content")]


def test_zendesk_tickets(read, exports):
    tables = read(exports / "zendesk")
    turns = tables.turns.filter(conversation="zendesk-501")
    assert turns["at"].is_sorted()  # one comment is written in another zone
    agent = turns.filter(~pl.col("private") & (pl.col("person") == "zendesk-70"))["text"][0]
    assert agent.endswith("Kind regards,")
    for gone in ("wrote:", "tel.", "Jon Berg", "<p>", "&#39;"):
        assert gone not in agent
    assert turns["text"][-1] == "Got it, thank you!"
    assert turns.filter(private=True)["role"].to_list() == ["agent", "system", "agent"] or turns.filter(private=True)[
        "role"
    ].to_list() == ["agent", "agent", "system"]
    assert events(tables, "zendesk-501") == [("assigned", "zendesk-70"), ("resolved", "zendesk-70")]
    assert events(tables, "zendesk-502") == [("transfer", "zendesk-71")]
    assert tables.conversations.select("csat", "resolved", "language", "channel").rows() == [
        (1.0, True, "en", "email"),
        (None, None, "nb", "email"),
        (None, None, "en", "call"),
    ]
    norwegian = tables.turns.filter(conversation="zendesk-502")["text"][1]
    assert norwegian.endswith("Med vennlig hilsen")
    assert refused(tables) == [(4, "comments")]


def test_zendesk_tickets_comments_and_users_in_files_of_their_own(read, exports):
    tables = read(exports / "zendesk-apart")
    assert tables.turns.filter(conversation="zendesk-601")["text"].to_list() == [
        *("I want my money back.", "I understand. I have started the refund.", "Thanks!")
    ]
    assert roles(tables, "zendesk-602") == ["customer", "agent"]
    assert tables.people.filter(person="zendesk-70")["name"].to_list() == ["Jon Berg"]
    assert refused(tables) == [(5, "ticket_id")]


def test_zendesk_chat(read, exports):
    tables = read(exports / "zendesk-chat")
    assert roles(tables, "zendesk-chat-2603.100.a") == ["customer", "bot", "agent", "customer", "agent"]
    assert events(tables, "zendesk-chat-2603.100.a") == [("assigned", "zendesk-70"), ("transfer", "zendesk-72")]
    assert tables.turns.filter(conversation="zendesk-chat-2603.101.b")["text"].to_list() == [
        "Nobody is here? Please call me."
    ]
    assert tables.conversations["csat"].to_list() == [1.0, None]
    assert refused(tables) == [(3, "started_at")]


def test_intercom(read, exports):
    tables = read(exports / "intercom")
    assert roles(tables, "intercom-9001") == ["customer", "bot", "agent", "agent", "customer"]
    turns = tables.turns.filter(conversation="intercom-9001")
    assert turns["text"][0] == "I can't log in & it is urgent"
    assert turns["text"][3].split("\n") == ["Hi Tom, sorry about that.", "Clear the cache", "Try again"]
    assert turns["private"].to_list() == [False, False, True, False, False]
    assert [kind for kind, _ in events(tables, "intercom-9001")] == ["assigned", "resolved", "reopened", "transfer"]
    mail = tables.turns.filter(conversation="intercom-9002")
    assert "Ida Strand" not in mail["text"][0]
    assert "old text" not in mail["text"][0]
    assert len(mail) == 2  # the redacted part has no words
    meta = json.loads(tables.conversations.filter(conversation="intercom-9002")["meta"][0])
    assert meta["reading"] == ["2 of 9 parts are in the export"]
    call = tables.turns.filter(conversation="call")
    assert call["role"].to_list() == ["agent", "customer", "agent", "agent"]
    assert call["start"].to_list() == [2, 7, 12, 31]
    assert call["audio_channel"].null_count() == 4
    assert refused(tables) == [(3, "created_at")]


def test_contact_lens(read, exports):
    tables = read(exports / "contact-lens")
    call = tables.turns.filter(pl.col("conversation").str.starts_with("c0ffee"))
    assert call["start"].to_list() == [0.0, 3.5, 6.2, 7.6]
    assert call["audio_channel"].to_list() == ["P-AGENT", "P-CUST", "P-AGENT", "P-CUST"]
    voice = tables.conversations.filter(pl.col("conversation").str.starts_with("c0ffee")).row(0, named=True)
    vendor = json.loads(voice["meta"])["vendor"]
    assert vendor["Interruptions"]["TotalCount"] == 1
    assert "Sentiment" not in voice["meta"]
    assert "Loudness" not in voice["meta"]
    assert tables.events.filter(pl.col("conversation").str.starts_with("c0ffee")).is_empty()
    assert (voice["language"], voice["topic"], voice["channel"]) == ("en", "cancellation", "call")
    assert roles(tables, "chat-777") == ["system", "customer", "agent", "agent"]
    assert events(tables, "chat-777") == [("assigned", "Oliver"), ("typing", "Oliver"), ("transfer", "Grace")]
    assert tables.turns.filter(conversation="chat-777")["audio_channel"].null_count() == 4


def test_agents_of_calls_without_a_name_are_nobody_in_particular(read, exports):
    tables = read(exports / "contact-lens" / "voice.json")
    assert tables.people.filter(role="agent").select("person", "named").rows() == [("agent", False)]


def test_freshdesk(read, exports):
    tables = read(exports / "freshdesk")
    turns = tables.turns
    assert turns["role"].to_list() == ["customer", "agent", "agent", "customer"]
    assert turns["private"].to_list() == [False, True, False, False]
    assert turns["text"][2] == "Hi Mike, I'm sorry. A new one is on its way."
    assert turns["text"][3] == "Great, it works."
    assert tables.conversations.select("csat", "resolved", "topic").row(0) == (103.0, True, "Problem")
    assert refused(tables) == [(2, "turns")]


def test_freshdesk_rows_of_several_tickets_mixed(read, tmp_path):
    rows = [
        {
            "ticket_id": 1,
            "body_text": "a",
            "incoming": True,
            "private": False,
            "user_id": 5,
            "created_at": "2026-03-02T10:00:00Z",
        },
        {
            "ticket_id": 2,
            "body_text": "b",
            "incoming": True,
            "private": False,
            "user_id": 6,
            "created_at": "2026-03-02T10:00:00Z",
        },
        {
            "ticket_id": 1,
            "body_text": "c",
            "incoming": False,
            "private": False,
            "user_id": 9,
            "created_at": "2026-03-02T10:01:00Z",
        },
    ]
    (tmp_path / "conversations.json").write_text(json.dumps(rows))
    tables = read(tmp_path)
    assert tables.turns.filter(conversation="freshdesk-1")["role"].to_list() == ["customer", "agent"]
    assert tables.turns.filter(conversation="freshdesk-2")["text"].to_list() == ["b"]


def test_whisperx_words_and_roles(read, exports):
    tables = read(exports / "whisperx")
    assert tables.conversations["conversation"].to_list() == ["spoken"]
    texts = dict(tables.turns.select("turn", "text").iter_rows())
    words = [texts[turn][begin:end] for turn, begin, end in tables.words.select("turn", "begin", "end").iter_rows()]
    assert words == ["Good", "morning,", "how", "can", "I", "help?", "I", "lost", "my", "cards."]
    assert tables.turns["audio_channel"].null_count() == 2
    assert tables.rejects["field"].to_list() == ["speaker", "speaker"]
    assert tables.rejects["remedy"].str.contains("roles option").all()


def test_whisperx_with_roles_for_numbered_speakers(read, exports):
    tables = read(exports / "whisperx" / "numbered.json", roles={"SPEAKER_00": "agent", "*": "customer"})
    assert tables.turns.select("person", "role").rows() == [("agent", "agent"), ("customer", "customer")]
    assert not tables.people["named"].any()  # SPEAKER_00 is somebody else in the next file
    with pytest.raises(InputError, match="unknown role"):
        read(exports / "whisperx", roles={"SPEAKER_00": "boss"})


def test_whisper_without_speakers_only_where_the_user_says_whose_words_they_are(read, exports):
    assert read(exports / "whisperx" / "plain.json").rejects["field"].to_list() == ["speaker"]
    tables = read(exports / "whisperx" / "plain.json", roles={"*": "agent"})
    assert tables.turns["role"].to_list() == ["agent", "agent"]


def test_web_captions(read, exports):
    tables = read(exports / "vtt")
    turns = tables.turns
    assert turns["text"].to_list() == [
        *("Good afternoon & welcome, how can I help?", "Yes, hi, I am waiting since Monday.", "I see.", "Well?")
    ]
    assert turns["start"].to_list() == [0.0, 3.2, 6.0, 6.0]
    assert turns["audio_channel"].null_count() == 4
    assert tables.rejects["problem"].str.contains("Dana Levi").to_list() == [True]


def test_captions_know_the_people_of_the_people_file(read, exports):
    people = PeopleMap({"dana levi": "dana"}, {"dana": "Blue"})
    tables = read(exports / "vtt" / "named.vtt", people=people, roles={"*": "customer"})
    assert tables.people.select("person", "role", "team", "named").rows() == [
        ("dana", "agent", "Blue", True),
        ("Mr Cohen", "customer", None, True),
    ]
    assert tables.conversations["language"].to_list() == ["he"]


def test_subtitles(read, exports):
    tables = read(exports / "srt")
    assert tables.turns.select("role", "text").rows() == [
        ("agent", "Hei, hva kan jeg hjelpe med?"),
        ("customer", "Jeg har ikke fått pakken enda."),
        ("customer", "Hallo?"),  # no name: the same speaker goes on
    ]
    assert tables.conversations["language"].to_list() == ["nb"]
    assert tables.rejects["file"].str.contains("silent").to_list() == [True]


def test_convokit(read, exports):
    tables = read(exports / "convokit")
    assert tables.turns.filter(conversation="k1")["text"].to_list() == [
        *("My parcel is lost.", "I am sorry, I will trace it.", "Thanks a lot.")
    ]
    assert tables.people.filter(person="maria")["name"].unique().to_list() == ["Maria Silva"]
    assert json.loads(tables.conversations["meta"][0]) == {"product": "parcel", "turns": {"0": {"tone": "flat"}}}
    assert tables.conversations["started_at"][0] == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert sorted(refused(tables)) == [(6, "speaker"), (7, "")]


def test_abcd(read, shared):
    tables = read(shared / "data" / "open" / "abcd" / "abcd_sample.json")
    assert len(tables.conversations) == 3
    assert tables.conversations["topic"][0] == "product_defect/return_size"
    assert set(tables.turns["role"]) == {"agent", "customer"}
    assert set(tables.events["kind"]) == {"action"}
    assert tables.people.filter(role="customer")["name"][0] == "crystal minh"
    assert tables.rejects.is_empty()


def test_telephone_corpus_keeps_its_labels(read, shared):
    tables = read(shared / "data" / "evaluation" / "bt_oasis.jsonl.gz")
    assert len(tables.conversations) == 380
    assert tables.rejects.is_empty()
    meta = json.loads(tables.conversations["meta"][0])
    assert meta["turns"]["0"] == {"act": "ackn"}
    labelled = sum(len(json.loads(one)["turns"]) for one in tables.conversations["meta"])
    assert labelled == len(tables.turns)


def test_a_document_cut_off_is_named(exports):
    skipped = find([exports / "contact-lens"]).skipped
    assert [(one.path.name, "cut off" in one.why) for one in skipped] == [("cut.json", True)]
