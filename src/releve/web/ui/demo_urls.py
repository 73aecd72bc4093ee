from django.urls import path

from . import demo_messages

app_name = "demo"
urlpatterns = [
    path("messages/", demo_messages.messages_page, name="messages"),
    path("messages/<int:message_id>/apercu/", demo_messages.mail_preview, name="mail_preview"),
]
