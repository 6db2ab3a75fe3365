from django.urls import path

from amity.run.inbox.views import lists

app_name = "inbox"
urlpatterns = [path("", lists.page, name="page")]
