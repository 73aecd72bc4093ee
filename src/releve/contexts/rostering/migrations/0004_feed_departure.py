from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rostering", "0003_template_life"),
    ]

    operations = [
        migrations.AddField(
            model_name="calendarfeed",
            name="shift_left_at",
            field=models.DateTimeField(null=True),
        ),
    ]
