"""Pages of the demonstration: open to all there, unknown anywhere else."""

from django.conf import settings

from tests.architecture.access_matrix import Row, everyone

ROWS = [
    Row("demo:messages", everyone(200 if settings.IS_DEMO else 404)),
    Row("demo:mail_preview", everyone(404), lambda p: {"message_id": 1}, other=everyone(404)),
]
