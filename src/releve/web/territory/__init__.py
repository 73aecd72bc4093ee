"""The territory for whoever prepares a project: diagnosis, map, scenarios, field survey."""
