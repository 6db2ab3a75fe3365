"""Files of messages: kept once for each content."""

from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, transaction

from amity.run.inbox.models import Attachment, Message, StoredFile
from amity.run.inbox.rules.files import clean_name, clean_type
from amity.run.inbox.rules.incoming import IncomingFile
from amity.run.inbox.rules.working import InboxError

MB = 1024 * 1024  # bytes
LARGEST = 25 * MB
MOST = 100  # files of one message


class FileTooLargeError(InboxError):
    """A file that is not kept because of its size."""


def store_file(data: bytes, *, at: datetime) -> StoredFile:
    """The bytes as a row; the one that is there where the same bytes came before.

    Raises:
        FileTooLargeError: it has more than 25 MB.
    """
    if len(data) > LARGEST:
        raise FileTooLargeError(
            f"The file has {len(data) / MB:.1f} MB; at most {LARGEST // MB} MB are kept. "
            "Send a link instead."
        )
    digest = sha256(data).hexdigest()
    known = StoredFile.objects.filter(digest=digest).defer("content").first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return StoredFile.objects.create(
                digest=digest, size=len(data), content=data, created_at=at
            )
    except IntegrityError:  # the same bytes were stored by another meanwhile
        return StoredFile.objects.defer("content").get(digest=digest)


def attach_files(message: Message, files: tuple[IncomingFile, ...], *, at: datetime) -> None:
    """Puts files to a message.

    Raises:
        FileTooLargeError: one is too large, or there are more than a hundred.
    """
    if len(files) > MOST:
        raise FileTooLargeError(f"A message takes {MOST} files; these are {len(files)}.")
    Attachment.objects.bulk_create(
        Attachment(
            message=message,
            file=store_file(one.data, at=at),
            name=clean_name(one.name),
            content_type=clean_type(one.content_type),
            content_id=one.content_id[:255],
        )
        for one in files
    )
