"""The typical week and the generation, shown before it is done."""

from releve.contexts.rostering.models import Shift, ShiftTemplate
from tests.factories.practices import make_practice, make_site
from tests.factories.rostering import make_template_line

PERIOD = {"first_day": "2026-03-09", "last_day": "2026-03-29"}


def _line(**changes):
    return {
        "weekday": "2",
        "starts": "09:00",
        "ends": "12:30",
        "kind": "consultation",
        "room": "",
        "practitioner": "",
        "every_weeks": "2",
        "first_day": "",
        "last_day": "",
        **changes,
    }


def test_add_change_delete_a_line(place):
    assert place.client.post(place.url("template_new", place.site.slug), _line()).status_code == 302
    line = ShiftTemplate.objects.get()
    place.client.post(place.url("template", place.site.slug, line.pk), _line(weekday="4", every_weeks="1"))
    line.refresh_from_db()
    assert (line.weekday, line.every_weeks) == (4, 1)
    assert "Vendredi" in place.client.get(place.url("templates")).content.decode()
    place.client.post(place.url("template_delete", place.site.slug, line.pk))
    assert not ShiftTemplate.objects.exists()


def test_refused_line_keeps_the_input(place):
    response = place.client.post(
        place.url("template_new", place.site.slug), _line(starts="12:00", ends="09:00")
    )
    assert response.status_code == 422
    assert "12:00" in response.content.decode()
    assert not ShiftTemplate.objects.exists()


def test_line_of_another_site_does_not_exist_here(place):
    foreign = make_template_line(make_site(make_practice()))
    assert place.client.get(place.url("template", place.site.slug, foreign.pk)).status_code == 404


def test_preview_writes_nothing_then_confirming_creates(place):
    make_template_line(place.site)
    page = place.client.get(place.url("generate", place.site.slug), PERIOD).content.decode()
    assert "3 vacations à créer" in page
    assert not Shift.objects.exists()
    assert place.client.post(place.url("generate", place.site.slug), PERIOD).status_code == 302
    assert Shift.objects.count() == 3
    again = place.client.get(place.url("generate", place.site.slug), PERIOD).content.decode()
    assert "Rien à créer" in again
    assert "Déjà créée" in again


def test_impossible_period_is_refused(place):
    response = place.client.get(
        place.url("generate", place.site.slug), {"first_day": "2026-03-29", "last_day": "2026-03-09"}
    )
    assert response.status_code == 422
