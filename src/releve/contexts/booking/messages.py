"""What patients are told: confirmation code, confirmation, move, cancellation, reminder.

Text messages stay in the GSM alphabet and in one part; mails say the same at more length. No health data: the reason of
the visit is never written in a message.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from releve.kernel.french import day_and_hour, short_date_hour
from releve.kernel.outbox import Message
from releve.kernel.phones import can_receive_sms

from .links import manage_token
from .models import Appointment, Hold
from .rules import tick_of

CODE_MINUTES = 10
REMINDER_KIND = "appointment-reminder"


def manage_url(appointment: Appointment) -> str:
    token = manage_token(appointment.public_id, appointment.link_version)
    return f"{settings.RELEVE_BASE_URL}/rdv/{token}/"


def code_message(hold: Hold, *, channel: str, to: str, code: str, now: datetime) -> Message:
    """The six digits that prove the phone or mailbox is the patient's. Useless after ten minutes, so never sent later."""
    text = f"{code} est votre code pour confirmer le rendez-vous du {short_date_hour(hold.starts_at, hold.site.time_zone)}."
    mail = (
        f"Bonjour,\n\nVotre code de confirmation est : {code}\n\n"
        f"Il confirme votre rendez-vous {day_and_hour(hold.starts_at, hold.site.time_zone)}, {hold.site.name}.\n"
        f"Il est valable {CODE_MINUTES} minutes. Si vous n’avez rien demandé, ignorez ce message.\n"
    )
    return Message(
        channel=channel,
        to=to,
        subject="Votre code de confirmation" if channel == "mail" else "",
        body=mail if channel == "mail" else text,
        kind="booking-code",
        useful_until=now + timedelta(minutes=CODE_MINUTES),
        target_kind="hold",
        target_id=hold.pk,
        practice_id=hold.practice_id,
    )


def _ways(appointment: Appointment) -> list[tuple[str, str]]:
    """(channel, address) by which the patient can be told."""
    phone, email = appointment.contact_phone, appointment.contact_email
    ways = [("sms", phone)] if phone and can_receive_sms(phone) else []
    return [*ways, ("mail", email)] if email else ways


def _to_contact(
    appointment: Appointment,
    *,
    kind: str,
    sms: Callable[[], str],
    mail: Callable[[], tuple[str, str]],
    useful_until: datetime,
    send_after: datetime | None = None,
    ways: list[tuple[str, str]] | None = None,
) -> list[Message]:
    """One message for each way; `mail` gives subject and body. Only the texts that leave are written."""
    messages = []
    for channel, to in _ways(appointment) if ways is None else ways:
        subject, body = mail() if channel == "mail" else ("", sms())
        messages.append(
            Message(
                channel=channel,
                to=to,
                subject=subject,
                body=body,
                kind=kind,
                useful_until=useful_until,
                send_after=send_after,
                target_kind="appointment",
                target_id=appointment.pk,
                practice_id=appointment.practice_id,
            )
        )
    return messages


def _where(appointment: Appointment) -> str:
    site = appointment.site
    return f"{site.name}, {site.address}, {site.postal_code} {site.commune.name}"


def _signature(appointment: Appointment) -> str:
    practice = appointment.practice
    phone = f"\nSecrétariat : {practice.phone}" if practice.phone else ""
    return f"\n{practice.name}{phone}\n"


def confirmation_messages(appointment: Appointment, *, now: datetime) -> list[Message]:
    """Confirmation now and a reminder two days before (the day before when booked late), each by SMS and mail."""
    ways = _ways(appointment)
    if not ways:
        return []
    zone = appointment.site.time_zone
    url = manage_url(appointment)

    def mail() -> tuple[str, str]:
        when = day_and_hour(appointment.starts_at, zone)
        notice = appointment.practice.care_team_notice
        return (
            f"Rendez-vous confirmé : {when}",
            f"Bonjour,\n\nVotre rendez-vous est confirmé : {when}.\n"
            f"Avec : {appointment.practitioner.public_name}\nLieu : {_where(appointment)}\n\n"
            + (f"{appointment.reason.instructions}\n\n" if appointment.reason.instructions else "")
            + f"Pour déplacer ou annuler ce rendez-vous : {url}\n\n"
            + (f"{notice}\n" if notice else "")
            + _signature(appointment),
        )

    messages = _to_contact(
        appointment,
        kind="appointment-confirmed",
        sms=lambda: (
            f"RDV confirmé {short_date_hour(appointment.starts_at, zone)}, {appointment.site.commune.name}. "
            f"Déplacer ou annuler: {url}"
        ),
        mail=mail,
        useful_until=appointment.starts_at,
        ways=ways,
    )
    return messages + reminder_messages(appointment, now=now, url=url, ways=ways)


def reminder_messages(
    appointment: Appointment,
    *,
    now: datetime,
    url: str | None = None,
    ways: list[tuple[str, str]] | None = None,
) -> list[Message]:
    """Reminder two days before, at the visit's own hour; none for a visit less than a day away.

    `url`, `ways`: when the caller has worked them out already.
    """
    send_after = appointment.starts_at - timedelta(days=2)
    if send_after <= now:
        send_after = appointment.starts_at - timedelta(days=1)
    if send_after <= now:
        return []
    zone = appointment.site.time_zone
    link = url or manage_url(appointment)

    def mail() -> tuple[str, str]:
        when = day_and_hour(appointment.starts_at, zone)
        return (
            f"Rappel : rendez-vous {when}",
            f"Bonjour,\n\nNous vous rappelons votre rendez-vous : {when}.\nLieu : {_where(appointment)}\n\n"
            f"Si vous ne pouvez pas venir, annulez-le : la place servira à quelqu’un d’autre.\n{link}\n"
            + _signature(appointment),
        )

    return _to_contact(
        appointment,
        kind=REMINDER_KIND,
        sms=lambda: (
            f"Rappel: RDV {short_date_hour(appointment.starts_at, zone)}, {appointment.site.commune.name}. "
            f"Vous ne venez pas? Annulez: {link}"
        ),
        mail=mail,
        ways=ways,
        send_after=send_after,
        # A reminder that arrives in the last two hours no longer lets anyone organise.
        useful_until=appointment.starts_at - timedelta(hours=2),
    )


def move_messages(appointment: Appointment, *, now: datetime) -> list[Message]:
    zone = appointment.site.time_zone
    url = manage_url(appointment)
    when = day_and_hour(appointment.starts_at, zone)
    return _to_contact(
        appointment,
        kind="appointment-moved",
        sms=lambda: (
            f"RDV déplacé au {short_date_hour(appointment.starts_at, zone)}, {appointment.site.commune.name}. "
            f"Modifier: {url}"
        ),
        mail=lambda: (
            f"Rendez-vous déplacé : {when}",
            f"Bonjour,\n\nVotre rendez-vous est déplacé : {when}.\n"
            f"Avec : {appointment.practitioner.public_name}\n"
            f"Lieu : {_where(appointment)}\n\nPour le déplacer de nouveau ou l’annuler : {url}\n"
            + _signature(appointment),
        ),
        useful_until=appointment.starts_at,
    ) + reminder_messages(appointment, now=now)


def cancel_messages(appointment: Appointment, *, now: datetime) -> list[Message]:
    zone = appointment.site.time_zone
    when = day_and_hour(appointment.starts_at, zone)
    search = f"{settings.RELEVE_BASE_URL}/pres-de-chez-vous/?commune={appointment.site.commune_id}"
    if tick_of(appointment.starts_at) <= tick_of(now):
        return []
    return _to_contact(
        appointment,
        kind="appointment-cancelled",
        sms=lambda: (
            f"RDV annulé: {short_date_hour(appointment.starts_at, zone)}, {appointment.site.commune.name}. "
            f"Autres horaires: {search}"
        ),
        mail=lambda: (
            f"Rendez-vous annulé : {when}",
            f"Bonjour,\n\nVotre rendez-vous est annulé : {when}, {_where(appointment)}.\n\n"
            f"Pour en choisir un autre : {search}\n" + _signature(appointment),
        ),
        useful_until=appointment.starts_at,
    )
