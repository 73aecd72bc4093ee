"""Background work: django-tasks on the database, enqueued in the caller's transaction."""

from releve.config import env

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
WORKER_INTERVAL_SECONDS = env.read_int("RELEVE_WORKER_INTERVAL", 1, minimum=1)
# The worker makes the map of France when it is missing; otherwise only `releve data tiles` does.
MAP_TILES_IN_BACKGROUND = env.read_bool("RELEVE_MAP_TILES", True)
TASK_RESULTS_KEEP_DAYS = env.read_int("RELEVE_TASKS_KEEP_DAYS", 14, minimum=1)
