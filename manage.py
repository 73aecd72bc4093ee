#!/usr/bin/env python
"""Django's own command line, for developers; users have `releve`."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "releve.config.settings")
    from django.core.management import execute_from_command_line

    from releve.config.env import SettingError

    try:
        execute_from_command_line(sys.argv)
    except SettingError as error:
        sys.exit(str(error))
