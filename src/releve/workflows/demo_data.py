"""Who and what the demonstration shows. Places are real; every person is fictional and bears the name of a plant.

Phone numbers belong to the ranges the regulator keeps for fiction (02 61 91, 03 53 01, 06 39 98); mail addresses to a
domain that cannot exist; RPPS numbers begin with 999.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

MAIL_DOMAIN = "demo.releve.example"
# Public on purpose: it opens fictional data only, and production refuses a database that holds it.
PASSWORD = "jonquille-sentier-lavoir-85"  # noqa: S105
API_KEY = "demonstration-cle-partenaire"

MORNING = (time(9), time(12, 30))
AFTERNOON = (time(14), time(18))


@dataclass(frozen=True)
class Person:
    """A professional. `key` names them in the plans below; `account`: they sign in (role `practitioner`)."""

    key: str
    given_name: str
    family_name: str
    status: str
    home: str
    profession: str = "doctor"
    title: str = "Dr"
    rhythm: int = 15
    public: bool = True
    account: bool = False


@dataclass(frozen=True)
class Line:
    """A line of the typical week. `people`: keys who take turns; empty: a need left open. `fixed`: on the line itself."""

    weekday: int
    hours: tuple[time, time]
    room: int
    people: tuple[str, ...] = ()
    kind: str = "consultation"
    fixed: bool = False


@dataclass(frozen=True)
class Staff:
    """Somebody of the practice who signs in without consulting."""

    login: str
    name: str
    role: str
    label: str


@dataclass(frozen=True)
class Place:
    """A practice with its site."""

    practice: str
    site: str
    kind: str
    commune: str
    address: str
    phone: str
    presentation: str
    rooms: tuple[str, ...]
    equipment: tuple[str, ...]
    lines: tuple[Line, ...]
    people: tuple[Person, ...]
    staff: tuple[Staff, ...] = ()
    closed_weekdays: tuple[int, ...] = ()
    fill: float = 0.8
    # Part of the coming shifts that nobody has taken yet.
    open_share: float = 0.0
    today: str = ""
    details: dict[str, str] = field(default_factory=dict)


def doctor(key: str, given: str, family: str, status: str, home: str, **more: object) -> Person:
    return Person(key, given, family, status, home, **more)  # type: ignore[arg-type]


_NIEUL_TEAM = ("aubepine", "bruyere", "chevrefeuille", "digitale", "eglantine", "fougere")

NIEUL = Place(
    practice="Cabinet médical collaboratif de Nieul-le-Dolent",
    site="Cabinet collaboratif de Nieul",
    kind="municipal",
    commune="85161",
    address="2 place de la Mairie",
    phone="02 61 91 01 85",
    presentation="Un cabinet géré par la mairie et des médecins des communes voisines : des médecins se relaient, avec une "
    "interne un jour par semaine et une infirmière ASALÉE.",
    rooms=("Cabinet 1", "Cabinet 2", "Bureau ASALÉE"),
    equipment=(
        "exam_table",
        "computer",
        "card_reader",
        "printer",
        "ecg",
        "doppler",
        "dermatoscope",
        "telehealth",
    ),
    lines=(
        Line(0, MORNING, 0, _NIEUL_TEAM),
        Line(0, AFTERNOON, 0, _NIEUL_TEAM),
        Line(1, MORNING, 0, ("genet",), "intern", fixed=True),
        Line(1, AFTERNOON, 0, ("genet",), "intern", fixed=True),
        Line(2, MORNING, 0, _NIEUL_TEAM),
        Line(2, AFTERNOON, 0, _NIEUL_TEAM),
        Line(3, MORNING, 2, ("hortensia",), "nurse", fixed=True),
        Line(3, AFTERNOON, 2, ("hortensia",), "nurse", fixed=True),
        Line(3, MORNING, 1, ("acacia", "bouleau", "charme", "erable")),
        Line(4, MORNING, 0, _NIEUL_TEAM),
        Line(4, AFTERNOON, 0, _NIEUL_TEAM),
    ),
    people=(
        # Four titulaires of two neighbouring practices.
        doctor("acacia", "Catherine", "Acacia", "titulaire", "85152", account=True),
        doctor("bouleau", "Henri", "Bouleau", "titulaire", "85152"),
        doctor("charme", "Solène", "Charme", "titulaire", "85288", rhythm=20),
        doctor("erable", "Yves", "Érable", "titulaire", "85288"),
        # The team of replacements.
        doctor("aubepine", "Camille", "Aubépine", "replacement", "85191", account=True),
        doctor("bruyere", "Noé", "Bruyère", "replacement", "85191", rhythm=20),
        doctor("chevrefeuille", "Inès", "Chèvrefeuille", "replacement", "85003"),
        doctor("digitale", "Paul", "Digitale", "replacement", "85191"),
        doctor("eglantine", "Rose", "Églantine", "replacement", "85118", rhythm=20),
        doctor("fougere", "Malo", "Fougère", "assistant_doctor", "85191", public=False),
        doctor("genet", "Lucie", "Genêt", "saspas_intern", "85191", title="", rhythm=20, account=True),
        Person(
            "hortensia",
            "Anne",
            "Hortensia",
            "employee",
            "85161",
            profession="asalee_nurse",
            title="",
            rhythm=30,
            account=True,
        ),
    ),
    staff=(
        Staff("secretaire.nieul", "Marguerite Pervenche", "secretary", "Secrétaire, Nieul-le-Dolent"),
        Staff(
            "mairie.nieul", "Olivier Platane", "project_lead", "Porteur de projet (mairie), Nieul-le-Dolent"
        ),
        Staff("pharmacie.nieul", "Violette Romarin", "paramedical", "Pharmacienne, Nieul-le-Dolent"),
    ),
    fill=0.8,
    open_share=0.3,
    today="aubepine",
    details={
        "directions": "À côté de l’église. Parking gratuit devant la mairie, arrêt de car à 100 mètres.",
        "accessibility": "Entrée de plain-pied, sanitaires accessibles, une place réservée devant la porte.",
        "secretariat": "Sur place tous les jours, et télésecrétariat",
        "lodging": "Chambre d’hôte chez l’habitant, sur demande à la mairie",
        "software": "Logiciel médical en ligne partagé",
    },
)

MAZINGARBE = Place(
    practice="Cabinet médical éphémère de Mazingarbe",
    site="Maison de la solidarité",
    kind="municipal",
    commune="62563",
    address="Place du Docteur-Urbaniak",
    phone="03 53 01 06 26",
    presentation="Quatre salles de consultation aménagées par la ville ; trois médecins y exercent deux ans au plus.",
    rooms=("Salle 1", "Salle 2", "Salle 3", "Salle 4"),
    equipment=("exam_table", "computer", "card_reader", "printer", "ecg"),
    lines=tuple(
        Line(day, hours, room, (who,), fixed=True)
        for day in (0, 1, 2, 4)
        for room, who in enumerate(("iris", "jasmin", "lavande"))
        for hours in (MORNING, AFTERNOON)
    ),
    people=(
        doctor("iris", "Nora", "Iris", "titulaire", "62563", account=True),
        doctor("jasmin", "Théo", "Jasmin", "titulaire", "62563", rhythm=20),
        doctor("lavande", "Élise", "Lavande", "titulaire", "62563", rhythm=20),
    ),
    staff=(
        Staff("secretaire.mazingarbe", "Capucine Sureau", "secretary", "Secrétaire, Mazingarbe"),
        Staff("accueil.mazingarbe", "Hugo Tilleul", "secretary", "Secrétaire, Mazingarbe (2)"),
    ),
    closed_weekdays=(3,),
    fill=0.6,
    details={
        "directions": "Au rez-de-chaussée de la Maison de la solidarité, au centre de la ville.",
        "accessibility": "Rez-de-chaussée, porte automatique.",
        "secretariat": "Deux secrétaires de la ville",
    },
)

HERICOURT = Place(
    practice="Cabinet médical éphémère d’Héricourt",
    site="Local communal d’Héricourt",
    kind="municipal",
    commune="70285",
    address="4 rue du Marché",
    phone="03 53 01 07 28",
    presentation="Ouvert avec l’agence régionale de santé pour les habitants sans médecin traitant.",
    rooms=("Salle A", "Salle B"),
    equipment=("exam_table", "computer", "card_reader"),
    lines=(
        Line(1, MORNING, 0, ("mimosa", "narcisse")),
        Line(3, MORNING, 0, ("narcisse", "mimosa")),
        Line(3, AFTERNOON, 0, ("mimosa", "narcisse")),
    ),
    people=(
        doctor("mimosa", "Adèle", "Mimosa", "volunteer", "25388"),
        doctor("narcisse", "Bruno", "Narcisse", "retired", "90010"),
    ),
    staff=(Staff("secretaire.hericourt", "Blanche Troène", "secretary", "Secrétaire, Héricourt"),),
    fill=0.6,
    open_share=0.35,
    details={"directions": "Derrière la médiathèque.", "lodging": "Gîte communal, deux nuits offertes"},
)

PONTARLIER = Place(
    practice="Cabinet médical éphémère de Pontarlier",
    site="Espace santé de Pontarlier",
    kind="health_house",
    commune="25462",
    address="12 faubourg Saint-Étienne",
    phone="03 53 01 25 46",
    presentation="Un relais devenu durable : la maison de santé s’y prépare.",
    rooms=("Bureau 1", "Bureau 2"),
    equipment=("exam_table", "computer", "card_reader", "printer", "ultrasound"),
    lines=(
        Line(0, MORNING, 0, ("olivier", "pivoine")),
        Line(2, MORNING, 0, ("pivoine", "olivier")),
        Line(2, AFTERNOON, 0, ("pivoine", "olivier")),
        Line(4, MORNING, 0, ("olivier", "pivoine")),
    ),
    people=(
        doctor("olivier", "Gaëlle", "Olivier", "titulaire", "25462"),
        doctor("pivoine", "Maxime", "Pivoine", "replacement", "25462"),
    ),
    staff=(Staff("secretaire.pontarlier", "Prune Verveine", "secretary", "Secrétaire, Pontarlier"),),
    fill=0.7,
    open_share=0.1,
    details={"directions": "Ligne de car 1, arrêt Saint-Étienne.", "accessibility": "Ascenseur."},
)

VOUJEAUCOURT = Place(
    practice="Cabinet médical éphémère de Voujeaucourt",
    site="Ancienne poste de Voujeaucourt",
    kind="municipal",
    commune="25632",
    address="8 rue de la Gare",
    phone="03 53 01 25 63",
    presentation="Aménagé en quelques semaines par la mairie, l’agence régionale de santé et des médecins volontaires.",
    rooms=("Salle de consultation",),
    equipment=("exam_table", "computer", "card_reader"),
    lines=(
        Line(1, AFTERNOON, 0, ("quetsche", "mimosa")),
        Line(4, MORNING, 0, ("quetsche",)),
    ),
    people=(doctor("quetsche", "Lina", "Quetsche", "volunteer", "25388"),),
    staff=(Staff("secretaire.voujeaucourt", "Flore Bourrache", "secretary", "Secrétaire, Voujeaucourt"),),
    fill=0.6,
    open_share=0.3,
)

STENAY = Place(
    practice="Consultations solidaires de Stenay",
    site="Maison France Services de Stenay",
    kind="france_services",
    commune="55502",
    address="1 place de la République",
    phone="03 53 01 55 50",
    presentation="Un lieu du dispositif « Un médecin près de chez vous » : des médecins volontaires y viennent "
    "un à deux jours par mois.",
    rooms=("Bureau de consultation",),
    equipment=("exam_table", "computer", "card_reader", "telehealth"),
    lines=(
        Line(2, MORNING, 0, ("renoncule", "sauge", "trefle")),
        Line(2, AFTERNOON, 0, ("renoncule", "sauge", "trefle")),
        Line(4, MORNING, 0, ("sauge", "trefle")),
    ),
    people=(
        doctor("renoncule", "Samuel", "Renoncule", "volunteer", "54395", account=True),
        doctor("sauge", "Jeanne", "Sauge", "volunteer", "57463"),
        doctor("trefle", "Ali", "Trèfle", "retired", "51454", rhythm=30),
    ),
    staff=(Staff("accueil.stenay", "Sylvie Armoise", "secretary", "Accueil France Services, Stenay"),),
    fill=0.5,
    open_share=0.5,
    details={
        "directions": "Face au marché couvert. Gare de Sedan à 35 minutes.",
        "lodging": "Studio de la commune, clé à la mairie",
        "secretariat": "Agent France Services à l’accueil",
    },
)

PLACES = (NIEUL, MAZINGARBE, HERICOURT, PONTARLIER, VOUJEAUCOURT, STENAY)


@dataclass(frozen=True)
class Officer:
    """Somebody of an agency or of the platform."""

    login: str
    name: str
    role: str
    scope_kind: str
    scope_ref: str
    label: str


OFFICERS = (
    Officer(
        "ars.pays-de-la-loire",
        "Aurélie Myrte",
        "coordinator",
        "region",
        "52",
        "Coordination ARS, Pays de la Loire",
    ),
    Officer("ars.grand-est", "Damien Houx", "coordinator", "region", "44", "Coordination ARS, Grand Est"),
    Officer(
        "administration", "Ondine Roseau", "administrator", "platform", "", "Administration de la plateforme"
    ),
)

GIVEN_NAMES = (
    "Adrien", "Agathe", "Alice", "Antoine", "Bernadette", "Cécile", "Chantal", "Clément", "Denise", "Émile", "Fatou",
    "François", "Gisèle", "Guy", "Hélène", "Ibrahim", "Jacqueline", "Jean", "Joël", "Karine", "Léa", "Louis", "Manon",
    "Marcel", "Marie", "Mohamed", "Monique", "Nathan", "Odette", "Pierre", "Raymond", "Sarah", "Simone", "Thomas", "Yvette",
)  # fmt: skip
PLANT_NAMES = (
    "Absinthe", "Amandier", "Ancolie", "Anémone", "Angélique", "Arnica", "Aster", "Azalée", "Basilic", "Bégonia", "Bleuet",
    "Camomille", "Cerfeuil", "Ciboulette", "Clématite", "Coquelicot", "Cresson", "Cyprès", "Dahlia", "Estragon", "Figuier",
    "Fuchsia", "Garance", "Genévrier", "Giroflée", "Glaïeul", "Glycine", "Guimauve", "Hêtre", "Jacinthe", "Jonquille",
    "Laurier", "Lilas", "Lupin", "Marjolaine", "Mélisse", "Menthe", "Millepertuis", "Muguet", "Myosotis", "Noisetier",
    "Orchidée", "Origan", "Ortie", "Pâquerette", "Pensée", "Pétunia", "Pissenlit", "Primevère", "Roquette", "Safran",
    "Saule", "Serpolet", "Souci", "Tamaris", "Thym", "Tournesol", "Tulipe", "Valériane", "Yucca",
)  # fmt: skip
