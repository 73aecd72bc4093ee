"""What people type: cleaned, and refused where it would tell who somebody is. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from releve.kernel.errors import Invalid

_MAIL: Final = re.compile(r"[^\s@]+\s?@\s?[^\s@]+\.\w{2,}")
# French numbers, with or without separators: ten digits beginning by 0, or +33 / 0033 and nine digits.
_PHONE: Final = re.compile(r"(?<!\d)(?:(?:\+|00)\s?33\s?(?:\(0\)\s?)?|0)\s?[1-9](?:[\s.\-/]?\d{2}){4}(?!\d)")
# « Dr Martin », « Mme LEROY », « le docteur Durand »: a civility before a capital.
_PERSON: Final = re.compile(
    r"\b(?:[Dd]rs?|[Dd]octeure?s?|[Mm]mes?|M|MM|Mlle|[Mm]onsieur|[Mm]adame|[Pp]r|[Pp]rofesseure?)\b\.?\s+[A-ZÀ-Ý]"
)
_MANY_LINES: Final = re.compile(r"\n{3,}")


def clean(text: str, *, lines: bool = False) -> str:
    """`text` without what cannot be read (controls, invisible marks, changes of direction), spaces at the ends cut.

    `lines`: line ends are kept, at most one empty line between two paragraphs; otherwise the text is on one line.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        c if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs", "Cn"} else " " for c in text
    )
    if not lines:
        return " ".join(kept.split())
    paragraphs = [" ".join(line.split()) for line in kept.split("\n")]
    return _MANY_LINES.sub("\n\n", "\n".join(paragraphs)).strip()


def has_contact(text: str) -> bool:
    """Whether a phone number or a mail address is written in it."""
    return bool(_MAIL.search(text) or _PHONE.search(text))


def names_somebody(text: str) -> bool:
    """Whether a civility is followed by a name, as in « Dr Martin »."""
    return bool(_PERSON.search(text))


def refuse_contact(text: str, *, field: str) -> None:
    """Invalid (`contact-written`) when a phone number or a mail address is written."""
    if has_contact(text):
        raise Invalid(
            "Ce texte contient un numéro de téléphone ou une adresse de messagerie. Retirez-les\u00a0: il sera lu par "
            "d’autres personnes.",
            code="contact-written",
            field=field,
        )


def refuse_person(text: str, *, field: str) -> None:
    """Invalid (`person-named`) when somebody is named, `contact-written` when they could be reached."""
    refuse_contact(text, field=field)
    if names_somebody(text):
        raise Invalid(
            "N’écrivez le nom de personne\u00a0: «\u00a0un médecin généraliste\u00a0» suffit.",
            code="person-named",
            field=field,
        )
