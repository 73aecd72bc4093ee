"""The outbox: priced at writing, sent once, retried later, never too late, erased in the end."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from releve.kernel import outbox
from releve.kernel.models import OutboxMessage

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


class Post:
    """A transport that remembers, and fails as told."""

    def __init__(self, failure=None):
        self.sent, self.failure, self.attempts, self.closed = [], failure, 0, 0
        self.lock = threading.Lock()

    def send(self, message):
        with self.lock:
            self.attempts += 1
            if self.failure:
                raise self.failure
            self.sent.append(message)

    def close(self):
        self.closed += 1


def mail(**kw):
    defaults = {
        "channel": "mail",
        "to": "alice@exemple.example",
        "subject": "Rappel",
        "body": "Bonjour",
        "kind": "reminder",
        "useful_until": NOW + timedelta(days=1),
    }
    return outbox.Message(**{**defaults, **kw})


def sms(body="Bonjour", **kw):
    return mail(channel="sms", to="+33639980001", subject="", body=body, **kw)


def put(*messages, now=NOW):
    outbox.enqueue(list(messages), now=now)
    return list(OutboxMessage.objects.order_by("id"))


def deliver(post, now=NOW, **kw):
    return outbox.deliver_due(now=now, transports={"mail": post, "sms": post}, **kw)


pytestmark = pytest.mark.django_db


class TestWriting:
    def test_an_sms_is_rewritten_measured_and_priced(self, settings):
        settings.SMS_PRICES = [(date(2020, 1, 1), 50), (date(2026, 3, 1), 58), (date(2027, 1, 1), 90)]
        (row,) = put(sms("Rappel\u00a0: l’été, bientôt à 14\u00a0h\u00a030" + "x" * 140))
        assert row.body.startswith("Rappel : l'été, bientot à 14 h 30")
        assert (row.sms_parts, row.cost_thousandths) == (2, 116)

    def test_the_price_changes_on_its_day_in_france(self, settings):
        settings.SMS_PRICES = [(date(2026, 3, 4), 70), (date(2020, 1, 1), 50)]
        (row,) = put(sms(), now=datetime(2026, 3, 3, 23, 30, tzinfo=UTC))
        assert row.cost_thousandths == 70

    def test_a_mail_keeps_its_typography_and_costs_nothing(self):
        (row,) = put(mail(body="L’été…"))
        assert (row.body, row.sms_parts, row.cost_thousandths) == ("L’été…", 0, 0)

    def test_one_statement_for_all(self, django_assert_num_queries):
        with transaction.atomic(), django_assert_num_queries(1):
            outbox.enqueue([mail(), sms(), sms("l’été")], now=NOW)

    def test_a_key_is_written_once(self):
        put(mail(dedupe_key="reminder-1"))
        assert len(put(mail(dedupe_key="reminder-1"), mail(dedupe_key="reminder-2"))) == 2


class TestSending:
    def test_due_messages_leave_oldest_first_and_are_marked(self):
        put(mail(body="2", send_after=NOW), mail(body="1", send_after=NOW - timedelta(minutes=5)))
        post = Post()
        report = deliver(post)
        assert [m.body for m in post.sent] == ["1", "2"]
        assert report.sent == 2
        assert post.closed
        assert set(OutboxMessage.objects.values_list("status", flat=True)) == {"sent"}
        assert deliver(post).sent == 0

    def test_a_message_waits_for_its_hour(self):
        put(mail(send_after=NOW + timedelta(minutes=1)))
        assert deliver(Post()).sent == 0
        assert deliver(Post(), now=NOW + timedelta(minutes=1)).sent == 1

    def test_never_sent_once_useless(self):
        put(mail(useful_until=NOW))
        post = Post()
        assert deliver(post).expired == 1
        assert post.attempts == 0
        assert OutboxMessage.objects.get().status == "expired"

    def test_one_that_becomes_useless_while_a_slow_server_holds_the_pass_is_not_sent(self, monkeypatch):
        put(mail(body="lent"), mail(body="trop tard", useful_until=NOW + timedelta(seconds=5)))
        ticks = iter([0.0] * 6 + [8.0] * 50)
        monkeypatch.setattr(outbox.time, "monotonic", lambda: next(ticks))
        post = Post()
        report = deliver(post)
        assert [m.body for m in post.sent] == ["lent"]
        assert report.expired == 1

    def test_a_channel_without_a_way_out_waits(self):
        put(sms(), mail())
        report = outbox.deliver_due(now=NOW, transports={"mail": Post()})
        assert report.sent == 1
        assert OutboxMessage.objects.get(channel="sms").status == "pending"

    def test_no_way_out_at_all(self):
        put(sms())
        assert not outbox.deliver_due(now=NOW, transports={}).did_something

    def test_the_limit_holds(self):
        put(*[mail() for _ in range(30)])
        assert deliver(Post(), limit=25).sent == 25

    def test_the_reference_is_stable_between_attempts(self):
        put(mail())
        first, second = Post(), Post()
        first.send = lambda m: (first.sent.append(m), (_ for _ in ()).throw(outbox.TemporaryFailure("x")))
        deliver(first)
        deliver(second, now=NOW + timedelta(minutes=5))
        assert first.sent[0].reference == second.sent[0].reference

    def test_an_idle_pass_only_reads(self, django_assert_max_num_queries):
        with django_assert_max_num_queries(3) as queries:
            deliver(Post())
        assert not any(q["sql"].startswith(("UPDATE", "INSERT", "BEGIN")) for q in queries.captured_queries)


class TestFailing:
    def test_a_passing_failure_is_tried_later_and_later(self):
        put(mail())
        post, now, delays = Post(outbox.TemporaryFailure("Serveur injoignable")), NOW, []
        for _ in range(4):
            deliver(post, now=now)
            row = OutboxMessage.objects.get()
            delays.append(round((row.send_after - now).total_seconds()))
            now = row.send_after
        assert delays == [30, 120, 600, 1800]
        assert (row.status, row.attempts, row.last_error) == ("pending", 4, "Serveur injoignable")

    def test_a_final_failure_is_not_tried_again(self):
        put(mail())
        post = Post(outbox.PermanentFailure("SMTP 550"))
        assert deliver(post).failed == 1
        deliver(post, now=NOW + timedelta(hours=2))
        assert post.attempts == 1
        assert OutboxMessage.objects.get().last_error == "SMTP 550"

    def test_an_unknown_error_keeps_nothing_personal(self, caplog):
        put(mail())
        deliver(Post(ValueError("alice@exemple.example")))
        row = OutboxMessage.objects.get()
        assert (row.status, row.last_error) == ("pending", "ValueError")
        assert "alice" not in caplog.text

    def test_it_gives_up_when_the_next_attempt_would_be_too_late(self):
        put(mail(useful_until=NOW + timedelta(seconds=20)))
        assert deliver(Post(outbox.TemporaryFailure("x"))).expired == 1

    def test_it_gives_up_after_the_last_attempt(self):
        put(mail(useful_until=NOW + timedelta(days=30)))
        OutboxMessage.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
        assert deliver(Post(outbox.TemporaryFailure("x"))).failed == 1

    def test_a_dead_channel_is_left_alone_and_the_other_goes_on(self):
        put(*[sms() for _ in range(10)], *[mail() for _ in range(10)])
        dead, alive = Post(outbox.TemporaryFailure("x")), Post()
        report = outbox.deliver_due(now=NOW, transports={"sms": dead, "mail": alive})
        assert dead.attempts == outbox.FAILURES_BEFORE_PAUSE
        assert (report.sent, report.retried) == (10, 3)
        untouched = OutboxMessage.objects.filter(channel="sms", status="pending", attempts=0)
        assert untouched.count() == 7

    def test_a_worker_killed_in_the_middle_is_taken_over(self):
        put(mail())
        OutboxMessage.objects.update(status="sending", claimed_at=NOW, attempts=1)
        post = Post()
        assert deliver(post, now=NOW + timedelta(minutes=9)).sent == 0
        report = deliver(post, now=NOW + timedelta(minutes=11))
        assert (report.recovered, report.sent) == (1, 1)

    def test_a_message_that_kills_every_worker_ends(self):
        put(mail())
        OutboxMessage.objects.update(status="sending", claimed_at=NOW, attempts=outbox.MAX_ATTEMPTS)
        assert deliver(Post(), now=NOW + timedelta(minutes=11)).failed == 1


class TestCancelling:
    def test_what_has_not_left_is_cancelled(self):
        put(
            mail(target_kind="appointment", target_id=1, kind="reminder"),
            mail(target_kind="appointment", target_id=1, kind="confirmation"),
            mail(target_kind="appointment", target_id=2, kind="reminder"),
        )
        cancelled = outbox.cancel_pending(target_kind="appointment", target_id=1, kinds=["reminder"], now=NOW)
        assert cancelled == 1
        assert deliver(Post()).sent == 2

    def test_one_being_sent_is_not_tried_again(self):
        put(mail(target_kind="appointment", target_id=1))
        post = Post()

        def cancelled_meanwhile(message):
            outbox.cancel_pending(target_kind="appointment", target_id=1, now=NOW)
            raise outbox.TemporaryFailure("x")

        post.send = cancelled_meanwhile
        assert deliver(post).expired == 1


class TestErasing:
    def test_texts_and_recipients_go_the_row_stays(self):
        put(mail(dedupe_key="k"), sms(useful_until=NOW + timedelta(days=20)))
        deliver(Post())
        report = outbox.purge_messages(now=NOW + timedelta(days=32), keep=timedelta(days=30))
        assert report.count == 1
        old, recent = OutboxMessage.objects.order_by("id")
        assert (old.to, old.subject, old.body, old.html, old.dedupe_key) == ("", "", "", "", None)
        assert (old.status, old.kind) == ("sent", "reminder")
        assert recent.body
        assert outbox.purge_messages(now=NOW + timedelta(days=32), keep=timedelta(days=30)).count == 0

    def test_what_still_waits_is_kept(self):
        put(mail())
        assert outbox.purge_messages(now=NOW + timedelta(days=99), keep=timedelta(days=30)).count == 0

    def test_more_than_one_piece(self):
        put(*[mail() for _ in range(1201)])
        OutboxMessage.objects.update(status="sent")
        assert outbox.purge_messages(now=NOW + timedelta(days=99), keep=timedelta(days=30)).count == 1201


def test_list_is_newest_first_and_filters():
    put(mail(practice_id=1), sms("l'été", practice_id=1), sms(practice_id=2))
    assert [m.channel for m in outbox.list_messages()] == ["sms", "sms", "mail"]
    (shown,) = outbox.list_messages(channel="sms", practice_id=1)
    assert (shown.encoding, shown.units, shown.parts, shown.room_left) == ("gsm7", 5, 1, 155)
    assert outbox.count_waiting(now=NOW) == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_of_200_messages_exactly_once():
    put(*[mail(body=str(i)) for i in range(200)])
    post, reports, errors = Post(), [], []
    gate = threading.Barrier(2)

    def work():
        try:
            gate.wait(10)
            reports.append(outbox.deliver_due(now=NOW, transports={"mail": post}, max_seconds=60))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(90)
    assert errors == []
    assert sorted(int(m.body) for m in post.sent) == list(range(200))
    assert sum(report.sent for report in reports) == 200
    assert not OutboxMessage.objects.exclude(status="sent", attempts=1).exists()
