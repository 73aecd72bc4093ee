"""Calendar feeds: the secret address is the right, whoever asks."""

from tests.architecture.access_matrix import Row, everyone

ROWS = [
    Row("ical:feed", everyone(), lambda p: {"token": p.feed_token}, other=everyone()),
    Row("ical:feed", everyone(404), lambda p: {"token": "inconnu"}, other=everyone(404)),
]
