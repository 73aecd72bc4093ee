"""Reads: the desk's search of patients, the recent ones."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from releve.kernel.errors import NotFound

from .models import Patient
from .rules import SearchTerms, read_search

PATIENT_UNKNOWN = "Ce patient n’existe pas dans ce cabinet, ou vous n’y avez pas accès."
_SHORTEST_DIGITS = 4


def search_patients(practice_id: int, text: str, limit: int = 10) -> list[Patient]:
    """Patients of the practice matching what was typed once: `martin cl`, `12/03/1950`, `06 12 34 56
    78`, a mix.

    Each word may be any part of the birth, used or given name, whatever the accents. Those whose name begins
    with the first word come first. Empty for an empty text. At most two statements on names.
    """
    terms = read_search(text)
    if not terms:
        return []
    patients = _by_date_and_phone(practice_id, terms)
    if patients is None:
        return []
    if not terms.words:
        order = "phone" if terms.digits else "search_name"
        return list(patients.order_by(order, "pk")[:limit])
    found = list(_having(patients, terms.words)[: 4 * limit])
    if len(found) < 4 * limit:
        known = {patient.pk for patient in found}
        used = patients.exclude(search_used="")
        for word in terms.words:
            used = used.filter(Q(search_used__contains=word) | Q(search_name__contains=word))
        found += [p for p in used.order_by("search_used", "pk")[:limit] if p.pk not in known]
    first = terms.words[0]
    found.sort(key=lambda p: not (p.search_name.startswith(first) or p.search_used.startswith(first)))
    return found[:limit]


def get_patient(practice_id: int, patient_id: int) -> Patient:
    """The patient of this practice, without any check of the reader: services and tasks only. NotFound."""
    patient = Patient.objects.filter(practice_id=practice_id, pk=patient_id).first()
    if patient is None:
        raise NotFound(PATIENT_UNKNOWN)
    return patient


def _having(patients: QuerySet[Patient], words: tuple[str, ...]) -> QuerySet[Patient]:
    for word in words:
        patients = patients.filter(search_name__contains=word)
    return patients.order_by("search_name", "pk")


def _by_date_and_phone(practice_id: int, terms: SearchTerms) -> QuerySet[Patient] | None:
    patients = Patient.objects.filter(practice_id=practice_id)
    if terms.birth_date is not None:
        patients = patients.filter(birth_date=terms.birth_date)
    if terms.digits:
        if len(terms.digits) < _SHORTEST_DIGITS:
            return None
        # Numbers are stored as +33612345678: what follows the leading 0 is a part of it.
        patients = patients.exclude(phone="").filter(phone__contains=terms.digits.lstrip("0"))
    return patients
