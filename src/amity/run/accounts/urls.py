from django.urls import URLPattern, path

from amity.run.accounts.views import accounts, books, tasks, terms

urlpatterns: list[URLPattern] = [
    path("", books.index, name="accounts"),
    path("books/<int:pk>", books.book, name="accounts_book"),
    path("tasks", tasks.index, name="accounts_tasks"),
    path("tasks/new", tasks.add, name="accounts_task_new"),
    path("tasks/<int:pk>", tasks.edit, name="accounts_task"),
    path("tasks/<int:pk>/completion", tasks.completion, name="accounts_task_completion"),
    path("tasks/<int:pk>/reopening", tasks.reopening, name="accounts_task_reopening"),
    path("terms", terms.index, name="accounts_terms"),
    path("terms/levels/<int:pk>/removal", terms.level_removal, name="accounts_level_removal"),
    path("<int:pk>", accounts.index, name="account"),
    path("<int:pk>/hours", accounts.hours, name="account_hours"),
    path("<int:pk>/hours/<int:interaction>/undo", accounts.hours_undo, name="account_hours_undo"),
    path("<int:pk>/terms", accounts.terms, name="account_terms"),
]
