"""The questions of a field survey, adapted to who answers, and what is counted from the answers. Pure.

Answers are kept by key of question: a list of keys of choices. A question or a choice that disappears from here
is no longer counted; what was answered stays in the database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from releve.kernel.errors import Invalid

from .enums import RespondentKind

SMALL: Final = 5  # under this number of answers of a group, what it answered is not shown
MAX_COMMENT: Final = 1000
MAX_QUOTES: Final = 5


@dataclass(frozen=True)
class Question:
    """`choices`: (key, words). `multiple`: several may be chosen. `ordered`: shown in their order, not by number."""

    key: str
    label: str
    choices: tuple[tuple[str, str], ...]
    multiple: bool = False
    ordered: bool = True

    def words(self, choice: str) -> str:
        return dict(self.choices)[choice]


DOCTOR: Final = Question(
    "regular_doctor",
    "Avez-vous un médecin traitant\u00a0?",
    (
        ("near", "Oui, à moins de 30\u00a0minutes de chez moi"),
        ("far", "Oui, mais à plus de 30\u00a0minutes"),
        ("searching", "Non, j’en cherche un"),
        ("none", "Non, je n’en cherche pas"),
    ),
)
DELAY: Final = Question(
    "delay",
    "La dernière fois, combien de temps avez-vous attendu un rendez-vous chez un généraliste\u00a0?",
    (
        ("week", "Moins d’une semaine"),
        ("fortnight", "Une à deux semaines"),
        ("month", "Deux semaines à un mois"),
        ("more", "Plus d’un mois"),
        ("refused", "Aucun rendez-vous trouvé"),
        ("not_asked", "Je n’en ai pas demandé"),
    ),
)
GAVE_UP: Final = Question(
    "gave_up",
    "Ces 12 derniers mois, avez-vous renoncé à voir un médecin\u00a0?",
    (("no", "Non"), ("once", "Oui, une fois"), ("several", "Oui, plusieurs fois")),
)
WOULD_COME: Final = Question(
    "would_come",
    "Viendriez-vous voir un médecin présent ici quelques jours par semaine\u00a0?",
    (
        ("yes", "Oui"),
        ("if_needed", "Oui, si mon médecin n’est pas disponible"),
        ("no", "Non"),
        ("unsure", "Je ne sais pas"),
    ),
)
TRANSPORT: Final = Question(
    "transport",
    "Comment viendriez-vous\u00a0?",
    (
        ("car", "En voiture, je conduis"),
        ("driven", "On me conduit"),
        ("foot", "À pied ou à vélo"),
        ("bus", "En car, en bus ou en transport à la demande"),
        ("home", "Je ne peux pas me déplacer"),
    ),
    ordered=False,
)
NEEDS: Final = Question(
    "needs",
    "De quoi a-t-on le plus besoin ici\u00a0?",
    (
        ("regular", "Un médecin traitant"),
        ("quick", "Un rendez-vous rapide"),
        ("renewal", "Renouveler une ordonnance"),
        ("home", "Des visites à domicile"),
        ("children", "Un médecin pour les enfants"),
        ("remote", "Téléconsultation accompagnée"),
    ),
    multiple=True,
    ordered=False,
)
DAYS: Final = Question(
    "days",
    "Quels jours vous conviendraient\u00a0?",
    (
        ("mon", "Lundi"),
        ("tue", "Mardi"),
        ("wed", "Mercredi"),
        ("thu", "Jeudi"),
        ("fri", "Vendredi"),
        ("sat", "Samedi"),
    ),
    multiple=True,
)
MOMENTS: Final = Question(
    "moments",
    "À quel moment de la journée\u00a0?",
    (("morning", "Le matin"), ("afternoon", "L’après-midi"), ("evening", "Après 18\u00a0h")),
    multiple=True,
)
ASKED: Final = Question(
    "asked_weekly",
    "Combien de personnes, en une semaine, vous disent chercher un médecin\u00a0?",
    (
        ("none", "Aucune"),
        ("few", "1 à 4"),
        ("some", "5 à 9"),
        ("many", "10 à 19"),
        ("most", "20 ou plus"),
    ),
)
TREND: Final = Question(
    "trend",
    "Depuis un an, est-ce…",
    (("more", "Plus fréquent"), ("same", "Pareil"), ("less", "Moins fréquent"), ("unsure", "Je ne sais pas")),
)
TURNED_AWAY: Final = Question(
    "turned_away",
    "Combien de nouveaux patients refusez-vous en une semaine\u00a0?",
    (("none", "Aucun"), *ASKED.choices[1:]),
)
COULD_HELP: Final = Question(
    "could_help",
    "Pourriez-vous consulter quelques jours par mois dans un cabinet d’appoint\u00a0?",
    (("yes", "Oui"), ("maybe", "Peut-être"), ("no", "Non")),
)
PREMISES: Final = Question(
    "premises",
    "Un local pourrait-il accueillir des consultations\u00a0?",
    (("yes", "Oui"), ("maybe", "Peut-être"), ("no", "Non"), ("unsure", "Je ne sais pas")),
)

_SHARED: Final = (NEEDS, DAYS, MOMENTS)
_CARE: Final = (ASKED, TREND, *_SHARED)
QUESTIONS: Final[dict[str, tuple[Question, ...]]] = {
    RespondentKind.INHABITANT: (DOCTOR, DELAY, GAVE_UP, WOULD_COME, TRANSPORT, *_SHARED),
    RespondentKind.PHARMACIST: _CARE,
    RespondentKind.NURSE: _CARE,
    RespondentKind.DOCTOR: (TURNED_AWAY, TREND, COULD_HELP, *_SHARED),
    RespondentKind.OTHER_CARE: _CARE,
    RespondentKind.ELECTED: (ASKED, TREND, PREMISES, *_SHARED),
}
# Those few enough in a place for one of them to be recognised by what they are.
FEW_HERE: Final = frozenset(set(RespondentKind.values) - {RespondentKind.INHABITANT.value})
SOMEBODY: Final = "Une personne du territoire"


def questions_for(respondent: str) -> tuple[Question, ...]:
    """The questions asked of a kind of respondent. Raises Invalid (`unknown-respondent`)."""
    found = QUESTIONS.get(respondent)
    if found is None:
        raise Invalid("Dites d’abord qui vous êtes.", code="unknown-respondent", field="respondent")
    return found


def checked_answers(respondent: str, answers: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Only questions asked of this kind, only their choices, in their order.

    Raises Invalid (`bad-answer`) for a choice that does not exist or two where one is asked.
    """
    asked = {question.key: question for question in questions_for(respondent)}
    found: dict[str, list[str]] = {}
    for key, given in answers.items():
        chosen = set(given)
        if not chosen:
            continue
        question = asked.get(key)
        known = [choice for choice, _ in question.choices] if question else []
        if question is None or not chosen <= set(known) or (len(chosen) > 1 and not question.multiple):
            raise Invalid(
                "Une réponse n’existe pas dans cette enquête\u00a0: rechargez la page et choisissez de nouveau.",
                code="bad-answer",
                field=key if question else None,
            )
        found[key] = [choice for choice in known if choice in chosen]
    return found


@dataclass(frozen=True)
class Tally:
    """Answers to one question: `count` people answered it, `shares` (choice, people), choices in order."""

    question: Question
    count: int
    shares: tuple[tuple[str, int], ...]

    def percent(self, *choices: str) -> float:
        """Share of those who answered, in percent, of any of these choices (single answers)."""
        return 100 * sum(number for choice, number in self.shares if choice in choices) / self.count

    @property
    def lines(self) -> list[tuple[str, int]]:
        """(words, people), the most chosen first unless the choices have an order."""
        rows = [(self.question.words(choice), number) for choice, number in self.shares]
        return rows if self.question.ordered else sorted(rows, key=lambda row: -row[1])


@dataclass(frozen=True)
class Summary:
    """What a survey says: everybody, by kind, and the questions that enough people answered."""

    count: int
    kinds: tuple[tuple[str, int], ...]
    tallies: dict[str, Tally] = field(default_factory=dict)

    @property
    def kind_lines(self) -> list[tuple[str, str]]:
        """(kind in words, number in words): a small number is not told exactly."""
        return [
            (RespondentKind(kind).label, str(number) if number >= SMALL else f"moins de {SMALL}")
            for kind, number in self.kinds
        ]


def summarise(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> Summary:
    """From (respondent, answers) of the answers that count.

    A question asked of one group is counted among that group; `needs`, `days` and `moments`, asked of all, among
    all. Under `SMALL` people who answered it, a question is left out.
    """
    kinds = Counter(kind for kind, _ in rows)
    questions = {question.key: question for asked in QUESTIONS.values() for question in asked}
    tallies: dict[str, Tally] = {}
    for key, question in questions.items():
        given = [chosen for _, answers in rows if (chosen := _known(question, answers.get(key)))]
        if len(given) < SMALL:
            continue
        numbers = Counter(choice for chosen in given for choice in chosen)
        shares = tuple((choice, numbers[choice]) for choice, _ in question.choices)
        tallies[key] = Tally(question, len(given), shares)
    return Summary(
        len(rows), tuple((kind, kinds[kind]) for kind in RespondentKind.values if kinds[kind]), tallies
    )


def _known(question: Question, given: Any) -> set[str]:
    known = {choice for choice, _ in question.choices}
    return known & {str(choice) for choice in given} if isinstance(given, list) else set()


def speaker(kind: str, summary: Summary) -> str:
    """How the author of a kept comment is told: their kind, unless so few of it answered that it would name them."""
    number = dict(summary.kinds).get(kind, 0)
    return SOMEBODY if kind in FEW_HERE and number < SMALL else RespondentKind(kind).label
