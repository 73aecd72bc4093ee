"""A first visit to a page without a map stays under 300 KiB, compressed as served."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

LIMIT = 300 * 1024
_NAMED = re.compile(r'(?:href|src)="/static/([^"]+)"')
_FONT = re.compile(r'url\("?\.\./([^")]+\.woff2)"?\)')


def size_on_the_wire(path: Path) -> int:
    content = path.read_bytes()
    return len(content) if path.suffix == ".woff2" else len(gzip.compress(content))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/pres-de-chez-vous/", "/style/"])
def test_weight_of_a_first_visit(client, address):
    page = client.get(address).content
    names = set(_NAMED.findall(page.decode()))
    tokens = finders.find("ui/tokens.css")
    names |= set(_FONT.findall(Path(tokens).read_text("utf-8")))
    found = {name: finders.find(name) for name in names}
    absent = sorted(name for name, path in found.items() if path is None)
    assert not absent, f"fichiers absents (make setup) : {absent}"
    total = len(page) + sum(size_on_the_wire(Path(path)) for path in found.values())
    assert total < LIMIT, f"{address} : {total / 1024:.0f} Kio"
