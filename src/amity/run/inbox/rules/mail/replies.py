"""What somebody newly wrote, apart from what they quoted and from their signature.

Line by line and in one pass. (mail-parser-reply took 26 s for 20,000 empty lines, so that one
mail could have stopped the inbox.)
"""

import re
from dataclasses import dataclass

LINE = 400  # characters of a line that are looked at
SAID = re.compile(
    r"(?:wrote|writes|schrieb\b.{0,80}|écrit|a écrit|escribió|ha scritto|scrive|schreef\b.{0,80}|"
    r"escreveu|skrev\b.{0,80}|napisał(?:\(a\))?|kirjoitti|пишет|написал\(?а?\)?|писал\(?а?\)?|"  # noqa: RUF001 -- Russian
    r"пользователь\b.{0,120}написал|napsal\(?a?\)?|írta|写道|wrote as follows)\s?[:：]\s*$",  # noqa: RUF001 -- as mails have it
    re.IGNORECASE,
)
SAID_BEGINS = re.compile(
    r"^\s*(?:On|Am|Le|El|Il|Op|Em|Den|På|W dniu|Dne|Il giorno|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|"
    r"\d{1,2} \w{3,10}\.? \d{4}|\w{3}, \d{1,2} \w{3})\b",
    re.IGNORECASE,
)
# "26.06.2014, 14:41, "Ann" <ann@example.com>:" and "Thu, 26 Jun 2014 ... <ann@example.com>:"
DATED = re.compile(r"^\s*(?:\w{2,4}\.?, )?\d{1,4}[ .\-/].{4,200}<[^<>]{3,200}>\s?:\s*$")
ORIGINAL = re.compile(
    r"^\s*[-_*]{2,}\s*(?:original message|original appointment|reply message|forwarded message|"
    r"ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht|message d'origine|"
    r"message original|message transféré|mensaje original|mensaje reenviado|messaggio originale|"
    r"messaggio inoltrato|oorspronkelijk bericht|doorgestuurd bericht|mensagem original|"
    r"ursprungligt meddelande|oprindelig meddelelse|wiadomość oryginalna|"
    r"исходное сообщение|пересылаемое сообщение)\s*[-_*]{2,}\s*$",
    re.IGNORECASE,
)
RULER = re.compile(r"^\s*[_\-*=]{8,}\s*$")
FROM = re.compile(
    r"^\s*\*?(?:from|von|de|da|van|från|fra|od|от|発信者|发件人)\s?\*?\s?[:：]",  # noqa: RUF001 -- Chinese
    re.IGNORECASE,
)
OTHER_HEADER = re.compile(
    r"^\s*\*?(?:from|sent|date|to|cc|subject|von|gesendet|datum|an|betreff|envoyé|à|objet|de|"
    r"enviado(?: el)?|fecha|para|asunto|inviato|data|a|oggetto|verzonden|aan|onderwerp|assunto|"
    r"skickat|till|ämne|sendt|til|emne|отправлено|дата|кому|тема|发送时间|收件人|主题)\s?\*?\s?[:：]",  # noqa: RUF001 -- as mails have it
    re.IGNORECASE,
)
FROM_PHONE = re.compile(
    r"^\s*(?:sent (?:from|via|with|using) (?:my |a |an )?[\w .®™'()/:?-]{2,60}|"
    r"get outlook for \w+.{0,40}|"
    r"(?:von meinem|gesendet (?:von|mit)(?: meinem| der| dem)?|envoyé (?:de|depuis)(?: mon)?|"
    r"enviado desde(?: mi)?|inviato da(?:l mio)?|verzonden vanaf(?: mijn)?|enviado do(?: meu)?|"
    r"skickat från(?: min)?|отправлено с|wysłane z) .{2,60})\s*$",  # noqa: RUF001 -- Russian
    re.IGNORECASE,
)
DEVICE = re.compile(
    r"iphone|ipad|ipod|android|blackberry|samsung|galaxy|huawei|xiaomi|windows|nokia|pixel|mobile|"
    r"phone|handy|smartphone|téléphone|móvil|telefono|outlook|yahoo|gmail|mail|sparrow|proton|"
    r"spark|mailbox|magnificent",
    re.IGNORECASE,
)
SIGNATURE = re.compile(r"^(?:--|—|–)\s?$")  # noqa: RUF001 -- as mails have it
LONGEST_SIGNATURE = 15  # lines
CANDIDATES = 50  # lines that may begin a quote; each is compared with all that follows


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail's text in its three pieces; together they hold every line that was written."""

    text: str
    quoted: str
    signature: str


def cut_reply(text: str) -> Reply:
    """The new text, what is quoted below or above it, and the signature.

    A quote among the answers to its lines is left where it is. Where nothing new would remain, all
    of it is the text.
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    start, end = _quote_above(lines), quote_below(lines)
    fresh = lines[start:end] if start < end else []
    kept = _without_signature(fresh)
    body = _tidy(kept)
    if not body:
        below = _tidy(lines[:end])
        return Reply(below or _tidy(lines), _tidy(lines[end:]) if below else "", "")
    quoted = _tidy([*lines[:start], *lines[end:]])
    return Reply(body, quoted, _tidy(fresh[len(kept) :]))


def _tidy(lines: list[str]) -> str:
    text = "\n".join(lines).strip("\n")
    return re.sub(r"\n{4,}", "\n\n\n", text).strip()


def is_attribution(text: str) -> bool:
    """Whether this one line says who wrote what follows."""
    line = text.strip()[-LINE:]
    if DATED.match(line):
        return True
    return bool(SAID.search(line)) and (
        bool(SAID_BEGINS.match(line)) or ("@" in line and len(line) < LINE)
    )


def _attribution_at(lines: list[str], at: int) -> int:
    """Where the line that says who wrote begins, if it ends at `at`; else -1."""
    line = lines[at][-LINE:]
    if not line.endswith((":", "：")):  # noqa: RUF001 -- as mails have it
        return -1
    for back in range(4):
        first = at - back
        if first < 0 or (back and not lines[first].strip()):
            return -1
        joined = " ".join(part.strip()[:LINE] for part in lines[first : at + 1])
        if (
            len(joined) <= LINE
            and SAID_BEGINS.match(lines[first][:LINE])
            and is_attribution(joined)
        ):
            return first
        if is_attribution(joined) and DATED.match(joined):
            return first
    return at if is_attribution(line) else -1


def _headers_at(lines: list[str], at: int) -> bool:
    """Whether the headers of a mail are written out from here on."""
    if not (FROM.match(lines[at][:LINE]) or OTHER_HEADER.match(lines[at][:LINE])):
        return False
    if ":" in lines[at][:LINE] and not lines[at][:LINE].partition(":")[2].strip(" *"):
        return False
    block = [line for line in lines[at : at + 8] if line.strip()][:6]
    names = {line.partition(":")[0].strip(" *").lower() for line in block if _is_header(line)}
    return len(names) >= 3 and any(FROM.match(line[:LINE]) for line in block)


def _is_header(line: str) -> bool:
    return bool(FROM.match(line[:LINE]) or OTHER_HEADER.match(line[:LINE]))


def _is_quoted(line: str) -> bool:
    return line.lstrip()[:1] == ">"


def quote_below(lines: list[str]) -> int:
    """The first line of what is quoted to the end; the number of lines where nothing is."""
    last = len(lines)
    candidates = 0
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        if ORIGINAL.match(line[:LINE]) or _headers_at(lines, at):
            last = _with_ruler(lines, at)
            break
        first = _attribution_at(lines, at)
        if first >= 0:
            candidates += 1
            if candidates > CANDIDATES:
                break
            if _all_is_quote(lines, at + 1):
                last = first
                break
    return min(last, _quoted_tail(lines, last))


def _with_ruler(lines: list[str], at: int) -> int:
    above = at - 1
    while above >= 0 and at - above <= 3 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and RULER.match(lines[above][:LINE]) else at


def _all_is_quote(lines: list[str], start: int) -> bool:
    """Whether all from here on is quoted: marked line by line, or not marked at all."""
    following = [line for line in lines[start:] if line.strip()]
    if not following or not any(_is_quoted(line) for line in following):
        return True
    return not _answers_follow(following)


def _answers_follow(following: list[str]) -> bool:
    """Whether unmarked lines stand after marked ones, other than a signature."""
    was_marked = False
    for line in following:
        if _is_quoted(line):
            was_marked = True
        elif SIGNATURE.match(line) or RULER.match(line[:LINE]) or _is_phone(line):
            return False
        elif was_marked:
            return True
    return False


def _quoted_tail(lines: list[str], end: int) -> int:
    """Where the marked lines begin that end the text before `end`."""
    at = end
    while at > 0 and (not lines[at - 1].strip() or _is_quoted(lines[at - 1])):
        at -= 1
    if not any(_is_quoted(line) for line in lines[at:end]):
        return end
    first = _attribution_at(lines, at - 1) if at > 0 else -1
    return first if first >= 0 else at


def _quote_above(lines: list[str]) -> int:
    """Where the answer begins below a quote that begins the mail; 0 where none does."""
    at = 0
    while at < len(lines) and not lines[at].strip():
        at += 1
    began = at
    for ahead in range(at, min(at + 4, len(lines))):
        if _attribution_at(lines, ahead) == began:
            at = ahead + 1
            break
    marked = 0
    while at < len(lines) and (not lines[at].strip() or _is_quoted(lines[at])):
        marked += _is_quoted(lines[at])
        at += 1
    if not marked or at >= len(lines):
        return 0
    rest = lines[at : _quoted_tail(lines, len(lines))]
    return 0 if any(_is_quoted(line) for line in rest) else at


def _is_phone(line: str) -> bool:
    return bool(FROM_PHONE.match(line[:LINE])) and bool(DEVICE.search(line[:LINE]))


def _without_signature(lines: list[str]) -> list[str]:
    """The lines before a signature, a phone's remark or a mailing list's foot."""
    for at, line in enumerate(lines):
        if at and (SIGNATURE.match(line) or line.strip() == "--"):
            return lines[:at]
        if at and len(lines) - at < 60 and RULER.match(line[:LINE]) and _is_foot(lines[at + 1 :]):
            return lines[:at]
    filled = [at for at, line in enumerate(lines) if line.strip()]
    for at in reversed(filled[-3:]):
        if at and _is_phone(lines[at]):
            return lines[:at]
    return lines


def _is_foot(rest: list[str]) -> bool:
    filled = [line for line in rest if line.strip()]
    text = " ".join(filled[:LONGEST_SIGNATURE])[:2000].lower()
    return len(filled) <= LONGEST_SIGNATURE and ("mailing list" in text or "listinfo" in text)
