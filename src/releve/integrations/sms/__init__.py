"""SMS by a documented HTTP gateway: `client` (the way out), `standin` (a local gateway for tests)."""
