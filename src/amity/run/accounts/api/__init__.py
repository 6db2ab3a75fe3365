"""/accounts: tasks, hours, terms and books over REST."""

from ninja import Router

from amity.run.accounts.api import books, tasks

router = Router(tags=["accounts"])
router.add_router("", tasks.router)
router.add_router("", books.router)

__all__ = ["router"]
