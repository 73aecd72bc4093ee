"""The test settings do turn Django's silences into failures."""

from datetime import datetime
from types import SimpleNamespace

import pytest
from django.template import Context, engines
from django.template.base import Origin

from releve.kernel.models import WorkerBeat


def _render(text, origin):
    template = engines["django"].from_string(text).template
    template.origin = Origin(name=origin)
    return template.render(Context({"known": SimpleNamespace(a=1)}))


def test_undefined_variable_fails_in_our_templates():
    with pytest.raises(AssertionError, match="unknown"):
        _render("{{ unknown }}", "/x/src/releve/web/ui/templates/page.html")
    with pytest.raises(AssertionError, match=r"known\.b"):
        _render("{{ known.b }}", "/x/src/releve/web/ui/templates/page.html")


def test_a_default_is_an_answer():
    assert _render('{{ unknown|default:"x" }}{% if unknown %}y{% endif %}', "/x/src/releve/p.html") == "x"


def test_templates_of_others_are_left_alone():
    assert _render("{{ unknown }}", "/x/site-packages/allauth/p.html") == ""


@pytest.mark.django_db
def test_naive_instants_fail():
    with pytest.raises(RuntimeWarning, match="naive"):
        WorkerBeat.objects.create(name="w", beat_at=datetime(2026, 3, 2))
