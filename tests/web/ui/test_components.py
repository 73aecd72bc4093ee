"""Template tags: accessible names, escaping, errors tied to their field; the style guide shows them all."""

from datetime import date

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory

from releve.web.ui import icons
from releve.web.ui.statuses import STATUS_LOOKS


def render(source, **context):
    request = RequestFactory().get("/liste/?page=2&tri=nom")
    return engines["django"].from_string("{% load ui %}" + source).render(context, request)


class Sample(forms.Form):
    name = forms.CharField(label="Nom", help_text="De naissance")
    phone = forms.CharField(label="Téléphone", required=False)
    who = forms.ChoiceField(
        label="Pour qui", choices=[("a", "Moi"), ("b", "Un proche")], widget=forms.RadioSelect
    )
    agree = forms.BooleanField(label="Me rappeler", required=False)


def test_a_valid_field_has_label_and_help():
    html = render("{% field form.name %}", form=Sample())
    assert '<label class="rl-label" for="id_name">Nom' in html
    assert 'aria-describedby="id_name_helptext"' in html
    assert 'id="id_name_helptext"' in html
    assert "aria-invalid" not in html


def test_a_refused_field_points_at_its_error():
    form = Sample({"who": "a"})
    html = render("{% field form.name %}", form=form)
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_error"' in html


def test_optional_fields_say_so():
    assert "(facultatif)" in render("{% field form.phone %}", form=Sample())
    assert "(facultatif)" not in render("{% field form.name %}", form=Sample())


def test_choice_cards_are_a_fieldset_with_a_legend():
    html = render('{% field form.who look="cards" %}', form=Sample({"name": "x"}))
    assert "<fieldset" in html
    assert "<legend" in html
    assert html.count('class="rl-choice"') == 2
    assert 'type="radio"' in html
    assert "rl-error" in html


def test_checkbox_as_switch():
    assert "form-switch" in render('{% field form.agree look="switch" %}', form=Sample())


def test_error_summary_links_to_each_field():
    html = render("{% form_errors form %}", form=Sample({"who": "a"}))
    assert 'href="#id_name"' in html
    assert 'role="alert"' in html
    assert render("{% form_errors form %}", form=Sample({"name": "x", "who": "a"})).strip() == ""


def test_user_text_is_escaped_everywhere():
    bad = "<script>x</script>"
    html = render(
        "{% status_chip bad bad %}{% empty_state bad bad %}{% figure bad bad bad %}{% phone bad %}"
        "{% notice title=bad %}{{ bad }}{% endnotice %}{{ bad|nbsp }}{% icon 'sun' label=bad css=bad %}"
        "{% breadcrumbs bad '' %}{% bars rows bad %}",
        bad=bad, rows=[(bad, 1.0)],
    )  # fmt: skip
    assert "<script>" not in html


@pytest.mark.parametrize("kind", STATUS_LOOKS)
def test_every_status_has_a_word_and_a_shape(kind):
    look = STATUS_LOOKS[kind]
    assert look.label
    html = render("{% status_chip kind %}", kind=kind)
    assert look.label in html
    assert f"rl-tone-{look.tone}" in html


def test_unknown_status_stays_readable():
    assert "mystère" in render("{% status_chip 'mystère' %}")


def test_steps_say_where_one_stands():
    html = render("{% steps 'Motif|Horaire|Vous' 2 %}")
    assert "Étape 2 sur 3" in html
    assert html.count("aria-current") == 1


def test_links_keep_the_filters():
    assert render("{% query_with page=3 %}") == "?page=3&amp;tri=nom" or "tri=nom" in render(
        "{% query_with page=3 %}"
    )
    assert "page" not in render("{% query_with page=None %}")


def test_bars_repeat_their_figures_in_a_table():
    html = render("{% bars rows 'Par lieu' unit='h' %}", rows=[("Nieul", 12.0), ("Achards", 4.5)])
    assert "<table" in html
    assert html.count("4,5 h") == 2


def test_empty_bars_and_sparkline():
    assert "<svg" in render("{% bars rows 'x' %}", rows=[])
    assert "<svg" in render("{% sparkline values 'x' %}", values=[])
    assert "<polyline" in render("{% sparkline values 'x' %}", values=[2, 2, 2])


def test_times_are_machine_readable():
    assert '<time datetime="2026-03-03">' in render("{% fr_date day %}", day=date(2026, 3, 3))
    assert render("{% fr_date day %}", day=None) == ""


def test_icons_refuse_a_path():
    with pytest.raises(ValueError, match="icon name"):
        icons.inner_svg("../../../settings")


def test_a_missing_icon_does_not_break_the_page():
    assert icons.inner_svg("this-icon-does-not-exist") == ""


def test_route_is_empty_when_not_installed():
    assert render("{% route 'nobody:nowhere' %}") == ""


@pytest.mark.django_db
def test_style_guide_shows_every_component(client):
    response = client.get("/style/")
    assert response.status_code == 200
    html = response.content.decode()
    for css in ("rl-notice", "rl-chip", "rl-choice", "rl-slot", "rl-steps", "rl-empty", "rl-figure", "rl-bars",
                "rl-sparkline", "rl-dialog", "rl-toast", "rl-tabs", "rl-pagination", "rl-breadcrumbs",
                "rl-table-cards", "rl-date"):  # fmt: skip
        assert css in html, css
    assert "Échoue" not in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cookie", "expected"), [("dark", 'data-bs-theme="dark"'), ("light", 'data-bs-theme="light"')]
)
def test_the_chosen_theme_comes_with_the_page(client, cookie, expected):
    client.cookies["releve-theme"] = cookie
    assert expected in client.get("/style/").content.decode()


@pytest.mark.django_db
def test_a_forged_theme_is_ignored(client):
    client.cookies["releve-theme"] = '"><script>'
    html = client.get("/style/").content.decode()
    assert '<html lang="fr">' in html


@pytest.mark.django_db
def test_no_inline_script_or_handler(client):
    html = client.get("/style/").content.decode()
    assert "<script>" not in html
    assert " onclick=" not in html
    assert " style=" not in html
