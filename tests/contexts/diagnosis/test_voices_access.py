"""Who speaks for a place: its coordination, the lead of a project that has a site there, the administration."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from releve.contexts.diagnosis import access
from releve.contexts.diagnosis.territories import resolve
from releve.kernel.audit import Actor
from releve.kernel.errors import Forbidden, NotFound
from tests.factories.accounts import grant, make_staff, make_user
from tests.factories.practices import make_practice, make_site
from tests.factories.territory import make_commune, make_departement, make_epci
from tests.factories.voices import make_fact, make_response, make_saved_perimeter, make_survey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places():
    """Nieul and La Roche in Vendée, Pontarlier in Doubs; an intercommunality over both départements."""
    both = make_epci("200000009", name="Des deux côtés")
    make_commune(epci=both)
    make_commune("85191", name="La Roche-sur-Yon")
    make_commune("25462", name="Pontarlier", departement=make_departement("25", name="Doubs"), epci=both)


def speaks(user, code):
    return access.may_speak(user, resolve(code))


def coordinator(kind, ref):
    person = make_user()
    grant(person, "coordinator", scope_kind=kind, scope_ref=ref)
    return person


def lead_at(code):
    practice = make_practice()
    make_site(practice, commune=make_commune(code))
    return make_staff("project_lead", practice=practice)


def test_a_coordination_where_every_commune_is_in_its_territory():
    vendee = coordinator("departement", "85")
    assert speaks(vendee, "85161")
    assert speaks(vendee, "85")
    assert not speaks(vendee, "25462")
    assert not speaks(vendee, "200000009")  # half of it is in Doubs
    assert speaks(coordinator("epci", "200000009"), "200000009")
    assert not speaks(coordinator("epci", "200000009"), "85")


def test_a_lead_where_one_commune_has_a_site_of_the_practice():
    lead = lead_at("85161")
    assert speaks(lead, "85161")
    assert speaks(lead, "200000009")
    assert not speaks(lead, "85191")
    assert access.spoken_communes(lead, ["85161", "25462"]) == {"85161"}
    assert access.practice_here(lead, resolve("85161")) is not None
    assert access.practice_here(lead, resolve("85191")) is None


@pytest.mark.parametrize("role", ["secretary", "practitioner", "paramedical"])
def test_the_others_of_the_practice_do_not(role):
    practice = make_practice()
    make_site(practice)
    person = make_staff(role, practice=practice)
    assert not speaks(person, "85161")
    with pytest.raises(Forbidden):
        access.require_voice(person)


def test_the_administration_everywhere_nobody_else_anywhere():
    admin = make_staff("administrator")
    assert speaks(admin, "25")
    assert not speaks(AnonymousUser(), "85161")
    with pytest.raises(Forbidden):
        access.access_place(make_user(), "85161")
    with pytest.raises(NotFound):
        access.access_place(admin, "99999")


def test_objects_of_elsewhere_do_not_exist():
    survey, other = make_survey("85161"), make_survey("25462")
    response, fact = make_response(survey), make_fact("85161")
    vendee, doubs = coordinator("departement", "85"), coordinator("departement", "25")
    assert access.access_survey(vendee, survey.pk) == survey
    assert access.access_response(vendee, survey.pk, response.pk) == response
    assert access.access_knowledge(vendee, fact.pk) == fact
    assert access.list_surveys(vendee) == [survey]
    assert access.list_surveys(make_user()) == []
    for refused in (
        lambda: access.access_survey(doubs, survey.pk),
        lambda: access.access_response(doubs, survey.pk, response.pk),
        lambda: access.access_response(doubs, other.pk, response.pk),
        lambda: access.access_knowledge(doubs, fact.pk),
        lambda: access.access_survey(AnonymousUser(), survey.pk),
    ):
        with pytest.raises(NotFound):
            refused()


def test_a_group_is_changed_by_its_author_or_by_who_speaks_for_all_of_it():
    lead = lead_at("85161")
    mine = make_saved_perimeter("À moi", ["85161", "25462"], by=Actor.user(lead))
    of_vendee = make_saved_perimeter("De Vendée", ["85161", "85191"])
    assert access.changeable_perimeters(lead, [mine, of_vendee]) == {mine.pk}
    assert access.changeable_perimeters(coordinator("departement", "85"), [mine, of_vendee]) == {of_vendee.pk}
    assert access.changeable_perimeters(make_staff("administrator"), [mine, of_vendee]) == {
        mine.pk,
        of_vendee.pk,
    }
    assert access.changeable_perimeters(AnonymousUser(), [mine, of_vendee]) == set()
    with pytest.raises(Forbidden):
        access.access_perimeter(lead, of_vendee.slug)
    with pytest.raises(NotFound):
        access.access_perimeter(lead, "inconnu")


def test_a_group_has_at_least_one_commune_of_its_author():
    vendee = coordinator("departement", "85")
    access.require_touch(vendee, ["85161", "25462"])
    with pytest.raises(Forbidden):
        access.require_touch(vendee, ["25462"])
