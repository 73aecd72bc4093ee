"""The page of sent messages: demonstration only, safe whatever a message contains."""

from datetime import timedelta

import pytest

from releve.kernel import clock, outbox
from releve.workflows import background

URL = "/demonstration/messages/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings):
    settings.IS_DEMO, settings.MESSAGES_LEAVE = True, "recorded"


def send(channel="sms", to="+33639980012", body="Rendez-vous à 14 h 30", deliver=True, **kw):
    now = clock.now()
    outbox.enqueue(
        [
            outbox.Message(
                channel=channel,
                to=to,
                body=body,
                **{"kind": "booking-code", "useful_until": now + timedelta(days=3), **kw},
            )
        ],
        now=now,
    )
    if deliver:
        background.deliver_messages(clock.now())
    return outbox.list_messages(limit=1)[0].id


@pytest.mark.parametrize("path", [URL, f"{URL}1/apercu/"])
def test_it_does_not_exist_outside_the_demonstration(client, settings, path):
    settings.IS_DEMO = False
    send(html="<p>x</p>")
    assert client.get(path).status_code == 404


def test_an_empty_list_says_what_to_do(client, demo):
    page = client.get(URL)
    assert page.status_code == 200
    assert "Aucun message pour l’instant" in page.content.decode()


def test_a_text_shows_its_length_and_cost(client, demo):
    send(body="x" * 161)
    page = client.get(URL).content.decode()
    assert "161 sur 306" in page
    assert "2 SMS, 0,10\u00a0€" in page
    assert "06\u00a039\u00a098\u00a000\u00a012" in page
    assert "Code de confirmation" in page


def test_filters_by_channel(client, demo):
    send(body="texte court")
    send(channel="mail", to="a@exemple.example", body="long courrier", subject="Objet")
    assert "long courrier" not in client.get(URL, {"canal": "sms"}).content.decode()
    assert "texte court" not in client.get(URL, {"canal": "mail"}).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"canal": "pigeon"},
        {"avant": "abc"},
        {"avant": "-1"},
        {"avant": "9" * 40},
        {"avant": "1'--"},
        {"avant": "٣"},
    ],
)
def test_hostile_parameters_are_refused_clearly(client, demo, query):
    assert client.get(URL, query).status_code == 422


def test_a_body_is_never_markup_and_links_can_be_followed(client, demo):
    send(body="<script>alert(1)</script> http://127.0.0.1:8000/rdv/abc/")
    page = client.get(URL).content.decode()
    assert "<script>alert" not in page
    assert 'href="http://127.0.0.1:8000/rdv/abc/"' in page


def test_the_layout_of_a_mail_is_shown_in_a_sandbox(client, demo):
    message_id = send(
        channel="mail", to="a@exemple.example", body="t", html="<p>Bonjour</p><script>x()</script>"
    )
    page = client.get(URL).content.decode()
    assert f'src="{URL}{message_id}/apercu/"' in page
    assert "<iframe" in page
    assert " sandbox " in page
    preview = client.get(f"{URL}{message_id}/apercu/")
    assert preview["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert preview["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get(f"{URL}{message_id + 1}/apercu/").status_code == 404


def test_a_planned_message_says_when_it_leaves(client, demo):
    send(send_after=clock.now() + timedelta(days=1))
    page = client.get(URL).content.decode()
    assert "Prévu" in page
    assert "Partira" in page


def test_older_messages_are_one_link_away(client, demo):
    for number in range(45):
        send(body=f"message {number:02d}", deliver=False)
    first = client.get(URL, {"canal": "sms"})
    page = first.content.decode()
    assert page.count("rl-msg-bubble") == 40
    continue_before = first.context["continue_before"]
    older = client.get(URL, {"canal": "sms", "avant": continue_before}).content.decode()
    assert older.count("rl-msg-bubble") == 5
    assert "message 00" in older


def test_the_number_of_queries_does_not_grow(client, demo, django_assert_num_queries):
    for count in (1, 10):
        for _ in range(count):
            send(deliver=False)
        with django_assert_num_queries(2):
            client.get(URL)


def test_it_is_read_only(client, demo):
    assert client.post(URL).status_code == 405
