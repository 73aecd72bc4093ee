"""Pages without an account."""

from tests.architecture.access_matrix import Row, everyone


def _site(p):
    return {"site_slug": p.site.slug}


ROWS = [
    Row("public:home", everyone()),
    Row("public:search", everyone()),
    Row("public:search", everyone(), query="?q=85430"),
    Row("public:suggestions", everyone(), query="?q=nie"),
    Row("public:site", everyone(), _site, other=everyone()),
    Row("public:site-map", everyone(), _site, other=everyone()),
]
