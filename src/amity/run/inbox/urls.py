from django.urls import path

from amity.run.inbox.views import changes, conversation, files, lists, mail, opening, rating

app_name = "inbox"
urlpatterns = [
    path("", lists.page, name="page"),
    path("bulk/", lists.bulk, name="bulk"),
    path("bulk/<int:pk>/undoing/", lists.bulk_undo, name="bulk_undo"),
    path("views/", lists.save, name="views"),
    path("views/<int:pk>/deletion/", lists.forget, name="view_deletion"),
    path("new/", opening.new, name="new"),
    path("log/", opening.log, name="log"),
    path("customers/", opening.customers, name="customers"),
    path("files/<int:pk>/", files.file, name="file"),
    path("messages/<int:pk>/undoing/", conversation.undo_send, name="undo_send"),
    path("merges/<int:pk>/undoing/", changes.merge_undo, name="merge_undo"),
    path("rating/<str:token>/", rating.rating, name="rating"),
    path("mailboxes/", mail.mailboxes, name="mailboxes"),
    path("mailboxes/new/", mail.new_mailbox, name="mailbox_new"),
    path("mailboxes/<int:pk>/", mail.edit_mailbox, name="mailbox"),
    path("mailboxes/<int:pk>/probe/", mail.probe, name="mailbox_probe"),
    path("quarantine/", mail.quarantined, name="quarantine"),
    path("quarantine/<int:pk>/", mail.quarantined_mail, name="quarantined"),
    path("quarantine/<int:pk>/raw/", mail.raw_mail, name="quarantined_raw"),
    path("quarantine/<int:pk>/release/", mail.release, name="quarantined_release"),
    path("quarantine/<int:pk>/deletion/", mail.discard, name="quarantined_deletion"),
    path("doubt/", mail.doubt, name="doubt"),
    path("doubt/<int:pk>/decision/", mail.decide, name="doubt_decision"),
    path("messages/<int:pk>/pictures/<int:number>/", mail.picture, name="picture"),
    path("<int:number>/", conversation.page, name="conversation"),
    path("<int:number>/messages/", conversation.say, name="say"),
    path("<int:number>/presence/", conversation.be_present, name="presence"),
    path("<int:number>/leaving/", conversation.leave, name="leave"),
    path("<int:number>/splitting/undoing/", changes.split_undo, name="split_undo"),
    path("<int:number>/<slug:noun>/", changes.change, name="change"),
]
