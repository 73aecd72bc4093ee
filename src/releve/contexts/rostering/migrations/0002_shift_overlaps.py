"""The database itself refuses two overlapping shifts of one practitioner or of one room.

PostgreSQL: exclusion constraints over `int8range`, whose GiST operator class is built in. The resource's key and the
minute are packed in one integer (key * 2^32 + epoch minutes), so that the contrib extension `btree_gist`, which a
plain `EXCLUDE (practitioner_id WITH =, period WITH &&)` would need, is not required.

SQLite: triggers. Writers are serialised there (immediate transactions), so a trigger that looks is a real invariant.
A later migration that makes Django rebuild `rostering_shift` on SQLite drops them: end it with `migrations.RunPython(create_guards, drop_guards)`.
See docs/adr/0005.
"""

from django.db import migrations

_MINUTE = "((extract(epoch from ({column} at time zone 'UTC')))::bigint / 60)"
_POSTGRES = """
ALTER TABLE rostering_shift ADD CONSTRAINT shift_{name}_free EXCLUDE USING gist (
    int8range({name}_id * 4294967296 + {start}, {name}_id * 4294967296 + {end}) WITH &&
) WHERE ({name}_id IS NOT NULL AND {live})
"""
_SQLITE = """
CREATE TRIGGER shift_{name}_free_{event} BEFORE {when} ON rostering_shift
WHEN NEW.{name}_id IS NOT NULL AND {live_new}
BEGIN
    SELECT RAISE(ABORT, 'shift_{name}_free')
    WHERE EXISTS (
        SELECT 1 FROM rostering_shift s
        WHERE s.{name}_id = NEW.{name}_id AND s.id IS NOT NEW.id AND {live_s}
          AND s.starts_at < NEW.ends_at AND s.ends_at > NEW.starts_at
    );
END
"""
_LIVE = {
    "practitioner": "{p}status IN ('proposed', 'confirmed', 'held')",
    "room": "{p}status <> 'cancelled'",
}


def create_guards(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for name, live in _LIVE.items():
        if vendor == "postgresql":
            schema_editor.execute(
                _POSTGRES.format(
                    name=name,
                    live=live.format(p=""),
                    start=_MINUTE.format(column="starts_at"),
                    end=_MINUTE.format(column="ends_at"),
                )
            )
        elif vendor == "sqlite":
            columns = f"{name}_id, starts_at, ends_at, status"
            for event, when in (("insert", "INSERT"), ("update", f"UPDATE OF {columns}")):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS shift_{name}_free_{event}")
                schema_editor.execute(
                    _SQLITE.format(
                        name=name,
                        event=event,
                        when=when,
                        live_new=live.format(p="NEW."),
                        live_s=live.format(p="s."),
                    )
                )


def drop_guards(apps, schema_editor):
    for name in _LIVE:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE rostering_shift DROP CONSTRAINT shift_{name}_free")
        else:
            for event in ("insert", "update"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS shift_{name}_free_{event}")


class Migration(migrations.Migration):
    dependencies = [("rostering", "0001_initial")]
    operations = [migrations.RunPython(create_guards, drop_guards)]
