"""Backups as files; apart from the commands, so that these load without Django."""
