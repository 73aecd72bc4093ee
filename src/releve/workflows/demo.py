"""The demonstration: real places, fictional people, six weeks around today, built through the services.

Same seed and same day: same data. Everything is written in one transaction, so a construction that is interrupted leaves
what stood before.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from releve.contexts.accounts import queries as account_queries
from releve.contexts.accounts import services as accounts
from releve.contexts.accounts.enums import Role, ScopeKind
from releve.contexts.booking import queries as booking_queries
from releve.contexts.booking import services as booking
from releve.contexts.booking.enums import AppointmentStatus, BookedBy
from releve.contexts.patients.rules import Contact, PatientIdentity
from releve.contexts.practices import services as practices
from releve.contexts.practices.models import Practice, Site
from releve.contexts.practitioners import services as practitioners
from releve.contexts.practitioners.models import Practitioner
from releve.contexts.rostering import services as rostering
from releve.contexts.rostering.enums import AvailabilityState, HalfDay
from releve.contexts.rostering.models import Shift
from releve.contexts.territory import queries as territory
from releve.kernel import clock
from releve.kernel.audit import SYSTEM, Actor
from releve.kernel.errors import DomainError, NotFound, Unavailable

from . import demo_data as data
from .demo_erase import erase_demo

DEFAULT_SEED = 85
WEEKS_BEFORE, WEEKS = 2, 6
ZONE = "Europe/Paris"
# A day that is shown is always alive: at least this many visits are still to come on today's first column.
LEFT_FOR_TODAY = 5

Progress = Callable[..., None]


def build_demo(
    *,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
    now: datetime | None = None,
    places: Sequence[data.Place] = data.PLACES,
) -> None:
    """Erase the former demonstration and build a new one. Raises Unavailable when the communes are not loaded."""
    _Builder(seed, now or clock.now(), progress, places).build()


def demo_identities() -> list[dict[str, str]]:
    """The fictional people who sign in: label, email, password (public)."""
    return [
        {"label": label, "email": email, "password": data.PASSWORD}
        for email, label in _labels().items()
        if any(user.email == email for user in account_queries.list_demo_users())
    ]


def _labels() -> dict[str, str]:
    labels: dict[str, str] = {}
    for place in data.PLACES:
        town = place.practice.rsplit(" de ", 1)[-1]
        for staff in place.staff:
            labels[_mail(staff.login)] = staff.label
        for person in place.people:
            if person.account:
                labels[_mail(person.key)] = f"{_trade(person)}, {town}"
    for officer in data.OFFICERS:
        labels[_mail(officer.login)] = officer.label
    return labels


def _trade(person: data.Person) -> str:
    if person.profession == "asalee_nurse":
        return "Infirmière ASALÉE"
    return {
        "titulaire": "Médecin titulaire",
        "replacement": "Médecin remplaçant",
        "saspas_intern": "Interne SASPAS",
        "volunteer": "Médecin volontaire",
    }[person.status]


def _mail(login: str) -> str:
    return f"{login}@{data.MAIL_DOMAIN}"


class _Builder:
    """State of one construction: the dice, the calendar, the people already created."""

    def __init__(
        self, seed: int, now: datetime, progress: Progress | None, places: Sequence[data.Place]
    ) -> None:
        self.places = places
        self.dice = random.Random(seed)
        self.now = now
        self.progress = progress
        self.today = clock.local_day(now, ZONE)
        monday = self.today - timedelta(days=self.today.weekday())
        self.first = monday - timedelta(weeks=WEEKS_BEFORE)
        self.last = self.first + timedelta(weeks=WEEKS, days=-1)
        # Structure is created before the period begins, so that past days can be filled as they were lived.
        self.before = clock.local_instant(self.first - timedelta(days=10), time(9), ZONE)
        self.people: dict[str, Practitioner] = {}
        self.phones = 0
        self.numbers = 0
        self.names = [f"{given}|{plant}" for plant in data.PLANT_NAMES for given in data.GIVEN_NAMES]
        self.dice.shuffle(self.names)

    def say(self, done: int, total: int, text: str) -> None:
        if self.progress is not None:
            self.progress(done, total, text)

    @transaction.atomic
    def build(self) -> None:
        for place in self.places:
            try:
                territory.get_commune(place.commune)
            except NotFound as error:
                raise Unavailable(
                    "Les communes de France ne sont pas chargées : lancez d’abord « releve data import »."
                ) from error
        self.say(0, len(self.places) + 1, "effacement de l’ancienne démonstration")
        erase_demo()
        for done, place in enumerate(self.places):
            self.say(done, len(self.places) + 1, place.practice)
            self._place(place)
        self.say(len(self.places), len(self.places) + 1, "comptes de démonstration")
        for officer in data.OFFICERS:
            user = self._user(officer.login, officer.name)
            self._grant(user, officer.role, officer.scope_kind, officer.scope_ref)
        rostering.mark_held(day=self.today - timedelta(days=1), by=SYSTEM, now=self.now)
        booking.create_api_client(name="Démonstration", token=data.API_KEY, now=self.now)
        self.say(len(self.places) + 1, len(self.places) + 1, "démonstration prête")

    # --- structure -------------------------------------------------------------------------------

    def _place(self, place: data.Place) -> None:
        practice = practices.create_practice(
            name=place.practice,
            is_demo=True,
            phone=place.phone,
            presentation=place.presentation,
            planned_end_on=self.today + timedelta(days=300),
            by=SYSTEM,
            now=self.before,
        )
        site = practices.add_site(
            practice_id=practice.pk,
            name=place.site,
            kind=place.kind,
            commune_code=place.commune,
            address=place.address,
            step_free=True,
            closed_weekdays=list(place.closed_weekdays),
            by=SYSTEM,
            now=self.before,
            **place.details,
        )
        rooms = [
            practices.add_room(site_id=site.pk, name=name, by=SYSTEM, now=self.before) for name in place.rooms
        ]
        practices.set_equipment(
            site_id=site.pk, kinds=dict.fromkeys(place.equipment, ""), by=SYSTEM, now=self.before
        )
        booking.create_default_reasons(practice_id=practice.pk, by=SYSTEM, now=self.before)
        practices.set_practice_status(practice_id=practice.pk, status="open", by=SYSTEM, now=self.before)
        for person in place.people:
            self._person(person)
        for key in {p.key for p in place.people} | {k for line in place.lines for k in line.people}:
            practitioners.add_to_team(
                practice_id=practice.pk,
                practitioner_id=self.people[key].pk,
                since=self.first - timedelta(days=30),
                by=SYSTEM,
                now=self.before,
            )
        for person in place.people:
            if person.account:
                self._account(person, practice)
        for staff in place.staff:
            user = self._user(staff.login, staff.name)
            self._grant(user, staff.role, ScopeKind.PRACTICE, str(practice.pk))
        shifts = self._roster(place, site, [room.pk for room in rooms])
        self._availabilities(place)
        self._fill(place, practice, site, shifts)

    def _person(self, person: data.Person) -> None:
        if person.key in self.people:
            return
        self.numbers += 1
        numbered = person.profession == "doctor" and person.status not in {
            "saspas_intern",
            "assistant_doctor",
        }
        self.people[person.key] = practitioners.create_practitioner(
            family_name=person.family_name,
            given_name=person.given_name,
            status=person.status,
            profession=person.profession,
            title=person.title,
            rpps=f"999{self.numbers:08d}" if numbered else None,
            licence_ends_on=None
            if numbered or person.profession != "doctor"
            else self.today + timedelta(days=200),
            specialty="Médecine générale" if person.profession == "doctor" else "",
            home_commune_code=person.home,
            rhythm_minutes=person.rhythm,
            name_is_public=person.public,
            phone=self._mobile(),
            email=_mail(person.key),
            is_demo=True,
            by=SYSTEM,
            now=self.before,
        )

    def _account(self, person: data.Person, practice: Practice) -> None:
        practitioner = self.people[person.key]
        user = self._user(person.key, practitioner.display_name)
        practitioners.link_account(
            practitioner_id=practitioner.pk, user_id=user.pk, by=SYSTEM, now=self.before
        )
        self._grant(user, Role.PRACTITIONER, ScopeKind.PRACTICE, str(practice.pk))

    def _user(self, login: str, name: str) -> Any:
        return accounts.create_user(
            email=_mail(login),
            full_name=name,
            password=data.PASSWORD,
            is_demo=True,
            by=SYSTEM,
            now=self.before,
        )

    def _grant(self, user: Any, role: str, scope_kind: str, scope_ref: str) -> None:
        accounts.grant_role(
            user_id=user.pk, role=role, scope_kind=scope_kind, scope_ref=scope_ref, by=SYSTEM, now=self.before
        )

    def _mobile(self) -> str:
        self.phones += 1
        return f"+3363998{self.phones % 10_000:04d}"

    # --- roster ----------------------------------------------------------------------------------

    def _roster(self, place: data.Place, site: Site, rooms: list[int]) -> list[Shift]:
        turns: dict[int, tuple[str, ...]] = {}
        for line in place.lines:
            template = rostering.save_template_line(
                site_id=site.pk,
                weekday=line.weekday,
                starts=line.hours[0],
                ends=line.hours[1],
                kind=line.kind,
                room_id=rooms[line.room],
                practitioner_id=self.people[line.people[0]].pk if line.fixed else None,
                by=SYSTEM,
                now=self.before,
            )
            turns[template.pk] = line.people
        report = rostering.generate_shifts(
            site_id=site.pk, first_day=self.first, last_day=self.last, by=SYSTEM, now=self.before
        )
        shifts = sorted(report.created, key=lambda s: (s.starts_at, s.pk))
        pairs: list[tuple[int, int]] = []
        taken: dict[tuple[date, int | None], str | None] = {}
        signs_in = {p.key for p in place.people if p.account}
        served: set[str] = set()
        for shift in shifts:
            if shift.practitioner_id is not None or shift.template_id is None:
                continue
            # The two halves of a day go to the same person, or wait for one together.
            key = (shift.day, shift.room_id)
            if key not in taken:
                coming = shift.day > self.today
                left_open = coming and self.dice.random() < place.open_share
                people = turns[shift.template_id]
                if coming and not left_open:
                    # Whoever signs in to the demonstration has something to come.
                    awaited = [k for k in people if k in signs_in and k not in served]
                    chosen = awaited[0] if awaited else self.dice.choice(people)
                    served.add(chosen)
                else:
                    chosen = self.dice.choice(people)
                taken[key] = None if left_open else chosen
            if (who := taken[key]) is not None:
                pairs.append((shift.pk, self.people[who].pk))
        rostering.assign_many(pairs=pairs, by=SYSTEM, now=self.before)
        if place.today and not any(s.day == self.today for s in shifts):
            self._exceptional_day(place, site, rooms[0])
        return rostering_shifts(site.pk, self.first, self.last)

    def _exceptional_day(self, place: data.Place, site: Site, room_id: int) -> None:
        """The demonstration opened on a Sunday still shows a day at work."""
        for starts, ends in (data.MORNING, data.AFTERNOON):
            rostering.create_shift(
                site_id=site.pk,
                day=self.today,
                starts=starts,
                ends=ends,
                kind="consultation",
                room_id=room_id,
                practitioner_id=self.people[place.today].pk,
                note="Journée ajoutée pour la démonstration",
                by=SYSTEM,
                now=self.before,
            )

    def _availabilities(self, place: data.Place) -> None:
        for person in place.people:
            if person.status not in {"replacement", "volunteer", "retired"}:
                continue
            entries = []
            for offset in range(1, (self.last - self.today).days + 1):
                day = self.today + timedelta(days=offset)
                if day.weekday() >= 5 or self.dice.random() < 0.6:
                    continue
                half = self.dice.choice([HalfDay.MORNING, HalfDay.AFTERNOON])
                state = self.dice.choice(
                    [AvailabilityState.AVAILABLE, AvailabilityState.AVAILABLE, AvailabilityState.IF_NEEDED]
                )
                entries.append((day, half, state))
            if entries:
                rostering.set_availability(
                    practitioner_id=self.people[person.key].pk, entries=entries, by=SYSTEM, now=self.now
                )

    # --- visits ----------------------------------------------------------------------------------

    def _patients(self, count: int) -> list[tuple[PatientIdentity, str]]:
        found = []
        for _ in range(count):
            given, plant = self.names.pop().split("|")
            age = self.dice.choice([4, 9, 31, 38, 45, 52, 58, 63, 67, 70, 74, 78, 81, 84, 88])
            born = self.today - timedelta(days=age * 365 + self.dice.randrange(365))
            sex = self.dice.choice(["female", "male"])
            found.append((PatientIdentity(plant, given, born, sex), self._mobile()))
        return found

    def _fill(self, place: data.Place, practice: Practice, site: Site, shifts: list[Shift]) -> None:
        pool = self._patients(90 if len(place.lines) > 10 else 40)
        reasons = {r.category: r for r in booking_queries.list_reasons(practice.pk, audience="desk")}
        secretary = SYSTEM
        if place.staff:
            users = {u.email: u for u in account_queries.list_demo_users()}
            secretary = Actor.user(users[_mail(place.staff[0].login)])
        seen: set[int] = set()
        for shift in shifts:
            if shift.status not in ("confirmed", "held"):
                continue
            booked = self._fill_shift(place, shift, reasons, pool, seen, secretary)
            if shift.day <= self.today:
                self._live(shift, booked, secretary)

    def _fill_shift(
        self,
        place: data.Place,
        shift: Shift,
        reasons: dict[str, Any],
        pool: list[tuple[PatientIdentity, str]],
        seen: set[int],
        secretary: Actor,
    ) -> list[Any]:
        """Visits of one shift, back to back with gaps, less and less full as days go by."""
        ahead = (shift.day - self.today).days
        share = place.fill * (1.0 if ahead <= 0 else 0.85 if ahead <= 3 else 0.55 if ahead <= 9 else 0.2)
        booked: list[Any] = []
        at = shift.starts_at
        while True:
            index = self.dice.randrange(len(pool))
            identity, phone = pool[index]
            category = self._category(shift, index in seen, identity)
            reason = reasons[category]
            practitioner = next(p for p in self.people.values() if p.pk == shift.practitioner_id)
            minutes = max(reason.duration_minutes, practitioner.rhythm_minutes)
            if at + timedelta(minutes=minutes) > shift.ends_at:
                return booked
            if self.dice.random() < share:
                said = min(shift.starts_at, self.now) - timedelta(hours=self.dice.randrange(2, 200))
                upcoming = shift.day >= self.today
                try:
                    booking_ = booking.book_appointment(
                        site_id=shift.site_id,
                        reason_id=reason.pk,
                        starts_at=at,
                        shift_id=shift.pk,
                        identity=identity,
                        # Visits that are over send nothing; those to come show what patients receive.
                        contact=Contact(phone=phone if upcoming else ""),
                        booked_by=self.dice.choice([BookedBy.DESK, BookedBy.DESK, BookedBy.PATIENT]),
                        by=secretary,
                        now=said,
                    )
                except DomainError:
                    pass  # this patient is already elsewhere at that hour: the time stays free
                else:
                    booked.append(booking_.appointment)
                    seen.add(index)
            at += timedelta(minutes=minutes)

    def _category(self, shift: Shift, is_known: bool, identity: PatientIdentity) -> str:
        if shift.kind == "nurse":
            return "nurse"
        if identity.birth_date and (shift.day - identity.birth_date).days < 15 * 365:
            return "child"
        if shift.day == self.today and self.dice.random() < 0.1:
            return "urgent"
        return "follow_up" if is_known else "first_visit"

    def _live(self, shift: Shift, booked: list[Any], by: Actor) -> None:
        """Play the visits of a day that is over, or of today up to the present hour."""
        if shift.day < self.today:
            for appointment in booked:
                self._past_visit(appointment, by)
            return
        over = sum(a.starts_at < self.now for a in booked)
        over = max(0, min(over, len(booked) - LEFT_FOR_TODAY))
        for appointment in booked[:over]:
            self._past_visit(appointment, by)
        steps = [
            (AppointmentStatus.ARRIVED, AppointmentStatus.IN_PROGRESS),
            (AppointmentStatus.ARRIVED,),
            (AppointmentStatus.ARRIVED,),
        ]
        if over:
            for appointment, names in zip(booked[over:], steps, strict=False):
                for name in names:
                    self._step(
                        appointment, name, self.now - timedelta(minutes=self.dice.randrange(3, 25)), by
                    )

    def _past_visit(self, appointment: Any, by: Actor) -> None:
        chance = self.dice.random()
        if chance < 0.06:
            self._step(appointment, AppointmentStatus.NOSHOW, appointment.ends_at, by)
        elif chance < 0.11:
            booking.cancel_appointment(
                appointment_id=appointment.pk,
                cancelled_by=BookedBy.PATIENT,
                by=by,
                now=appointment.starts_at - timedelta(hours=20),
            )
        else:
            self._step(
                appointment, AppointmentStatus.ARRIVED, appointment.starts_at - timedelta(minutes=6), by
            )
            if chance < 0.13:
                self._step(
                    appointment, AppointmentStatus.LEFT, appointment.starts_at + timedelta(minutes=40), by
                )
            else:
                self._step(appointment, AppointmentStatus.FULFILLED, appointment.ends_at, by)

    def _step(self, appointment: Any, status: str, at: datetime, by: Actor) -> None:
        booking.set_appointment_status(appointment_id=appointment.pk, status=status, by=by, now=at)


def rostering_shifts(site_id: int, first: date, last: date) -> list[Shift]:
    """Live shifts of a site over the period, in time order."""
    return list(
        Shift.objects.filter(site_id=site_id, day__range=(first, last))
        .exclude(status="cancelled")
        .order_by("starts_at", "pk")
    )
