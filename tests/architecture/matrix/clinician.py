"""The practitioner's own pages: nobody else has them, and nobody reaches another person's shift or calendar."""

from tests.architecture.access_matrix import Row, signed_in

OWN = signed_in(403, practitioner=200)
# The shift of A is promised to a patient: giving it back is refused with the reason.
ONE_OF_MINE = signed_in(403, practitioner=409)
NOT_MINE = signed_in(403, practitioner=404)
# A site's calendar address belongs to who manages its roster; a practitioner closes only their own.
SITE_FEED = signed_in(403, secretary=302, project_lead=302, coordinator=302, outsider=404)
FOREIGN_FEED = signed_in(404, administrator=403, outsider=302)

ROWS = [
    Row("clinician:shifts", OWN),
    Row("clinician:needs", OWN),
    Row("clinician:availability", OWN),
    Row("clinician:feeds", OWN),
    Row("clinician:profile", OWN),
    Row(
        "clinician:take",
        signed_in(403, practitioner=302),
        lambda p: {"shift_id": p.open_shift.pk},
        other=NOT_MINE,
        method="post",
    ),
    Row(
        "clinician:give_back",
        ONE_OF_MINE,
        lambda p: {"shift_id": p.shift.pk},
        other=NOT_MINE,
        method="post",
    ),
    Row(
        "clinician:feed_revoke",
        SITE_FEED,
        lambda p: {"feed_id": p.feed.pk},
        other=FOREIGN_FEED,
        method="post",
    ),
]
