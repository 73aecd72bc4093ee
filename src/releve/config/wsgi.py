"""WSGI entry point."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "releve.config.settings")
application = get_wsgi_application()

# A thread that comes back from the database waits for the interpreter for as long as this. With Python's own 5 ms, a
# transaction of ten statements held SQLite's lock for tens of milliseconds while other threads computed.
sys.setswitchinterval(0.0005)
