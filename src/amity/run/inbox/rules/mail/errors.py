from amity.base.results import AmityError


class HostileMailError(AmityError):
    """A mail that costs too much or says too little to be let in; it goes to quarantine."""
