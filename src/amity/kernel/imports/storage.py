"""Where imports keep their files: under the home folder, one folder an import."""

import shutil
from hashlib import sha256
from pathlib import Path

from django.conf import settings as django_settings


def folder_of(import_id: int) -> Path:
    """The folder of an import, made when it is not there."""
    folder = Path(django_settings.MEDIA_ROOT) / "imports" / str(import_id)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def remove_folder(import_id: int) -> None:
    """Removes what was kept of an import's file."""
    shutil.rmtree(folder_of(import_id), ignore_errors=True)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    result = sha256()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            result.update(piece)
    return result.hexdigest()
