"""How one file is to be read and taken in: everything that is stored with an import. Pure."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from amity.kernel.imports.files.batches import TextOptions
from amity.kernel.imports.formats.dates import DateStyle


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """The mapping and the reading of an import; what is found out is filled in by the analysis."""

    kind: str
    mapping: dict[str, str] = field(default_factory=dict)
    source: str = ""
    preset: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    has_header: bool | None = None
    skip_rows: int | None = None
    sheet: str | None = None
    member: str | None = None
    decimal_sign: str = "."
    decimal_certain: bool = False
    date_style: str = DateStyle.YEAR_FIRST.value
    date_certain: bool = False
    amounts_in_minor: bool = False
    currency: str = "USD"
    time_zone: str = "UTC"
    cancellation_prefix: str = ""
    drop_duplicates: bool = False
    key: str = ""
    interaction_kind: str = ""
    country: str = ""

    def text_options(self) -> TextOptions:
        """What the reader of the file needs."""
        return TextOptions(
            encoding=self.encoding,
            delimiter=self.delimiter,
            quote=self.quote,
            has_header=self.has_header,
            skip_rows=self.skip_rows,
            sheet=self.sheet,
            member=self.member,
        )

    def to_json(self) -> dict[str, Any]:
        """For storing."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "ImportSettings":
        """From what was stored; unknown names of an older version are passed over."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})
