"""Uploads go straight to the home folder, piece by piece, and stop at the largest size."""

import uuid
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class StoredUpload(UploadedFile):  # type: ignore[type-arg]  # generic in the stubs alone
    """An uploaded file that lies at `path`."""

    def __init__(self, path: Path, name: str, size: int) -> None:
        super().__init__(file=None, name=name, size=size)
        self.path = path


class HomeUploadHandler(FileUploadHandler):
    """Writes each piece to a file in the home folder, which is gone when the upload breaks off."""

    stream: IO[bytes] | None = None
    path: Path
    written = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        folder = Path(settings.MEDIA_ROOT) / "uploads"
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / uuid.uuid4().hex
        self.stream = self.path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.written = start + len(raw_data)
        if self.written > settings.MAX_UPLOAD_BYTES or self.stream is None:
            self.upload_interrupted()
            raise StopUpload(connection_reset=True)
        self.stream.write(raw_data)

    def file_complete(self, file_size: int) -> StoredUpload | None:
        if self.stream is None:
            return None
        self.stream.close()
        self.stream = None
        return StoredUpload(self.path, self.file_name or "file", file_size)

    def upload_interrupted(self) -> None:
        if self.stream is not None:
            self.stream.close()
            self.stream = None
            self.path.unlink(missing_ok=True)
