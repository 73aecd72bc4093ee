"""Table of the counters of attempts (Django's database cache), so that limits hold across server processes."""

from django.core.management import call_command
from django.db import migrations


def create_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_sessions_ended_at")]
    operations = [migrations.RunPython(create_table, migrations.RunPython.noop)]
