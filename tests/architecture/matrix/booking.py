"""Taking an appointment without an account: the address carries a secret, so role and practice change nothing."""

from tests.architecture.access_matrix import Row, everyone


def _site(p):
    return {"site_slug": p.site.slug}


def _hold(p):
    return {"hold_token": p.hold_token}


def _link(p):
    return {"manage_token": p.manage_token}


def _time(p):
    return {"horaire": "2026-03-04T09:30:00Z"}


def _anyone(route, where, status=200, **options):
    return Row(route, everyone(status), where, other=everyone(status), **options)


ROWS = [
    _anyone("public:booking", _site),
    _anyone("public:booking", _site, query="?pour=moi&deja=oui"),
    _anyone("public:hold", _hold),
    # Somebody else's browser has typed nothing: the code comes after the identity.
    _anyone("public:hold-code", _hold, 302),
    _anyone("public:hold-release", _hold, 302, method="post"),
    _anyone("public:appointment", _link),
    _anyone("public:appointment-cancel", _link),
    _anyone("public:appointment-cancel", _link, 302, method="post"),
    _anyone("public:appointment-move", _link),
    _anyone("public:appointment-move", _link, 302, method="post", data=_time),
    _anyone("public:appointment-ics", _link),
    _anyone("public:appointment", lambda p: {"manage_token": p.manage_token[:-1]}, 404),
    _anyone("public:hold", lambda p: {"hold_token": "forge"}, 410),
]
