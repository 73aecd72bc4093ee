"""Background work: django-tasks on the database, enqueued in the caller's transaction."""

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
