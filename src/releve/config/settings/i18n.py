"""French for people; instants in UTC, days local to each site."""

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_I18N = True
# Off: it would also cut identifiers and years in templates ("1 947"). Figures use the `number` filter.
USE_THOUSAND_SEPARATOR = False
