from django.db import migrations, models


class Migration(migrations.Migration):
    """Claims, erasure and the exact cost of messages; an index both databases use to find what is due."""

    dependencies = [("kernel", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="outboxmessage", name="outbox_pending"),
        migrations.RenameField(
            model_name="outboxmessage", old_name="cost_cents", new_name="cost_thousandths"
        ),
        migrations.AddField(
            model_name="outboxmessage", name="claimed_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="outboxmessage", name="erased_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(fields=["status", "send_after"], name="outbox_due"),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(fields=["erased_at", "useful_until"], name="outbox_erase"),
        ),
    ]
