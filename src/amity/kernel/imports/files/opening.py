"""Opens a file by what it is, not by what it is called."""

import zipfile
from pathlib import Path

from amity.kernel.imports.files.batches import FileError, TableFile, TextOptions
from amity.kernel.imports.files.parquet import ParquetFile
from amity.kernel.imports.files.sheets import SheetFile
from amity.kernel.imports.files.text import TextFile
from amity.kernel.imports.files.vcards import VCardFile

_OTHERS = {
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls). Save it as .xlsx or CSV",
    b"%PDF": "a PDF. Export the table as CSV",
    b"{\\rt": "a text document. Save the table as CSV",
    b"\x89PNG": "a picture. Export the table as CSV",
    b"\xff\xd8\xff\xe0": "a picture. Export the table as CSV",
    b"SQLi": "a database. Export the table as CSV",
    b"7z\xbc\xaf": "a 7z archive. Unpack it first",
    b"Rar!": "a RAR archive. Unpack it first",
}


def open_table(path: Path, options: TextOptions | None = None) -> TableFile:
    """The file as a table.

    Raises:
        FileError: it is missing, empty, or no table; the message says what to do.
    """
    options = options or TextOptions()
    if not path.is_file():
        raise FileError(f"There is no file {path}. Check the name.")
    with path.open("rb") as stream:
        magic = stream.read(4)
    if not magic:
        raise FileError("The file is empty. Choose a file with at least one row.")
    for mark, what in _OTHERS.items():
        if magic.startswith(mark):
            raise FileError(f"This is {what}.")
    if _is_vcard(path):
        return VCardFile(path, options)
    if magic == b"PAR1":
        return ParquetFile(path)
    if magic == b"PK\x03\x04" and _is_workbook(path):
        return SheetFile(path, options)
    return TextFile(path, options)


def _is_vcard(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(200)
    return start.lstrip(b"\xef\xbb\xbf\r\n ").upper().startswith(b"BEGIN:VCARD")


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        raise FileError("The zip file is damaged. Export or pack it again.") from None
