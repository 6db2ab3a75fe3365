"""/accounts: tasks, hours, terms, books, plans, renewals and meetings over REST."""

from ninja import Router

from amity.run.accounts.api import books, meetings, plans, tasks

router = Router(tags=["accounts"])
router.add_router("", tasks.router)
router.add_router("", books.router)
router.add_router("", plans.router)
router.add_router("", meetings.router)

__all__ = ["router"]
