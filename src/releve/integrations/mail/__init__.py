"""Mail by SMTP: `client` (the way out), `backend` (mails written by libraries join the outbox)."""
