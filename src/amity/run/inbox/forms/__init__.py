"""What people fill in."""

from amity.run.inbox.forms.opening import CallForm, NewForm

__all__ = ["CallForm", "NewForm"]
