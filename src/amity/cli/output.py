"""How commands answer; it stands in the kernel, so that capabilities answer alike."""

from amity.kernel.hooks.command_line import AsJson, Listener, answer, progress

__all__ = ["AsJson", "Listener", "answer", "progress"]
