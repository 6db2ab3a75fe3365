"""Why a mail did not arrive, in one word, from what the servers said about it."""

import re

# Each word with what is said where it is meant, the most telling first.
_WORDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "authfailure",
        (
            r"dmarc (?:policy|verif|fail|check)",
            r"\bdkim\b.{0,40}(?:fail|invalid|not)",
            r"spf.{0,60}(?:fail|hard)",
            r"unauthenticated (?:e?mail|message)",
            r"authentication information",
            r"requires? .{0,20}authenticat",
            r"arc.?fail",
        ),
    ),
    (
        "badreputation",
        (
            r"reputation",
            r"user complaints",
            r"senderscore",
            r"poor sender",
        ),
    ),
    (
        "requireptr",
        (
            r"\bptr\b",
            r"reverse ?dns",
            r"rdns",
            r"reverse lookup",
            r"no reverse",
            r"requireptr",
            r"cannot find your (?:hostname|reverse)",
            r"resolve your hostname",
        ),
    ),
    (
        "virusdetected",
        (
            r"virus",
            r"malware",
            r"infected",
            r"phish",
        ),
    ),
    (
        "notcompliantrfc",
        (
            r"rfc ?\d{4} compliant",
            r"multiple (?:addresses in )?(?:from|subject)",
            r"not rfc",
            r"duplicate header",
            r"rfc compliance",
            r"addresses in from",
        ),
    ),
    (
        "norelaying",
        (
            r"relay(?:ing)? (?:access |is )?(?:denied|prohibited|not|rejected)",
            r"no relaying",
            r"not (?:a )?local (?:host|domain)",
            r"unable to relay",
            r"not permitted to relay",
            r"relay not",
            r"open relay",
        ),
    ),
    (
        "mailboxfull",
        (
            (
                r"(?:mail ?box|inbox|account|user|quota|storage).{0,40}(?:is |"
                r"was )?(?:full|over ?quota|exceed|out of storage)"
            ),
            r"over ?quota",
            r"quota (?:exceeded|full|limit)",
            r"mailbox ?full",
            r"insufficient storage",
            r"not enough (?:storage )?space",
            r"disk quota",
            r"full mailbox",
            r"out of storage",
            r"too many messages on this",
        ),
    ),
    (
        "exceedlimit",
        (
            r"message length exceeds",
            r"exceeds? (?:the )?(?:maximum|fixed|limit).{0,30}recipient",
        ),
    ),
    (
        "mesgtoobig",
        (
            r"message (?:is )?(?:too (?:big|large)|size exceeds|exceeds)",
            r"too large",
            r"recipsizelimit",
            r"size limit",
            r"max(?:imum)? message size",
        ),
    ),
    (
        "systemfull",
        (
            r"insufficient (?:disk|system) ",
            r"no space left",
            r"disk (?:is )?full",
            r"out of disk",
            r"mail system full",
        ),
    ),
    (
        "speeding",
        (
            r"receiving mail at a rate",
            r"too quickly",
            r"sending rate",
            r"slow down",
            r"mail volume",
            r"ratelimited",
            r"too much mail",
        ),
    ),
    (
        "toomanyconn",
        (
            r"too many (?:concurrent )?(?:connections|sessions|smtp)",
            r"connection (?:rate|frequency)",
            r"frequency limit",
            r"concurrent connections",
            r"in-1310",
            r"limit.{0,20}connections",
        ),
    ),
    (
        "hasmoved",
        (
            r"no longer on server",
            r"has moved",
            r"moved to (?:a )?new",
            r"address changed",
            r"user has moved",
        ),
    ),
    (
        "expired",
        (
            r"message expired",
            r"retry time ?out exceeded",
            r"has not been collected",
            (
                r"(?:unable|failed) to (?:be )?deliver(?:ed)? .{0,30}(?:minutes|"
                r"hours|days|attempts)"
            ),
            r"failed \d+ attempts",
            r"retry time not reached",
            r"connection timed out",
            r"(?:message|mail|queue).{0,20}too (?:old|long)",
            r"did not accept our requests to connect",
        ),
    ),
    (
        "hostunknown",
        (
            (
                r"(?:host|domain)(?! said)(?: name)?.{0,40}(?:(?<!user )unknown|"
                r"not found|does ?n.t exist|does not exist|lookup failed|no such)"
            ),
            r"unknown (?:host|domain)",
            r"no such (?:host|domain)",
            r"unrouteable",
            r"unroutable",
            r"host not found",
            r"name or service not known",
            r"couldn.t find any host",
            r"couldn't find .{0,20}host",
            r"no route to recipient",
            r"unrouteable address",
            r"invalid (?:domain|host)",
            r"illegal host",
            r"can.t find.{0,20}domain",
        ),
    ),
    (
        "notaccept",
        (
            r"does ?n.t (?:receive|accept) (?:any )?(?:e?-?mail)",
            r"not accept(?:ing)? (?:any )?(?:mail|messages|network)",
            r"null mx",
            r"no mx",
            r"mail exchanger",
            r"smtp protocol.{0,30}not",
            r"nullmx",
            r"host does not accept",
            r"system not accepting",
            r"does not accept mail",
            r"no mail server",
        ),
    ),
    (
        "suspend",
        (
            (
                r"(?:account|mailbox|user|recipient|address).{0,50}(?:disabled|suspend|inactive|"
                r"frozen|locked|expired|deactivat|terminated|discontinued|not active|blocked)"
            ),
            (
                r"(?:disabled|suspended|inactive|frozen|"
                r"deactivated) (?:account|mailbox|user|recipient)"
            ),
            r"currently suspended",
            r"suspend",
        ),
    ),
    (
        "rejected",
        (
            r"sender address (?:\S+ )?(?:rejected|does not exist|unknown)",
            r"sender rejected",
            r"domain of sender",
            r"permission to post",
            r"can.t determine purported",
            r"no permission",
            r"sender (?:is )?not (?:allowed|authorized)",
        ),
    ),
    (
        "userunknown",
        (
            r"user ?unknown",
            r"unknown ?(?:user|recipient|local|mailbox|account|address)",
            r"no such ?(?:user|recipient|mailbox|person|address|account|local)",
            (
                r"(?:user|recipient|mailbox|account|address|person).{0,60}(?:not found|"
                r"does ?n.?o?t exist|not exist|unknown|not known|"
                r"invalid|is not recognized|nicht|not listed|could not be found|"
                r"couldn.t be found|not a valid|rejected: access denied)"
            ),
            r"invalid (?:recipient|user|mailbox|final|address|local)",
            r"recipnotfound",
            r"(?:no|not a) (?:valid )?mailbox",
            r"isn.t a (?:valid )?(?:user|mailbox)",
            r"doesn.t have an? .{0,30}account",
            r"address rejected\.?\s*$",
            r"not our customer",
            r"bad destination",
            r"not (?:a )?registered",
            r"no account",
            r"adresse d.{0,20}invalide",
            r"unknown or illegal",
            r"no mailbox here",
            r"not in .{0,20}directory",
            r"recipient rejected",
            r"not known at this site",
            r"utilisateur inconnu",
            r"mailbox unavailable",
        ),
    ),
    (
        "spamdetected",
        (
            r"\bspam",
            r"bulk e?mail",
            r"junk",
            r"unsolicited",
            r"\bube\b",
            r"\buce\b",
            r"content filter",
            r"high probability",
            r"mail rejete",
            r"advertis",
            r"suspicious",
        ),
    ),
    (
        "policyviolation",
        (
            r"polic(?:y|ies)",
            r"header error",
            r"prohibited",
            r"attachment type",
            r"denied by",
            r"disallowed",
            r"not allowed to send",
        ),
    ),
    (
        "blocked",
        (
            r"block(?:ed|list)?\b",
            r"black ?list",
            r"\brbl\b",
            r"dnsbl",
            r"spamhaus",
            r"spamcop",
            r"barracuda",
            r"cdrbl",
            r"access denied",
            r"client host",
            r"your ip",
            r"ip address",
            r"connection (?:refused by|rejected|denied)",
            r"not permitted",
            r"banned",
            r"bad sender ip",
            r"helo",
            r"refused to talk",
            r"sender ?score",
        ),
    ),
    (
        "securityerror",
        (
            r"security",
            r"starttls",
            r"tls ",
            r"certificate",
            r"authentication (?:required|turned|fail)",
            r"encrypt",
            r"credential",
            r"cannot .{0,30}auth",
        ),
    ),
    (
        "contenterror",
        (
            r"content (?:rejected|error|denied)",
            r"media error",
            r"headers too large",
            r"mime",
            r"invalid (?:character|header)",
            r"bare lf",
            r"message content",
        ),
    ),
    (
        "rejected",
        (
            r"sender (?:address )?(?:rejected|denied|refused|not|verify)",
            r"reject(?:ed)? by sender",
            r"from address",
            r"mail from",
            r"can.t determine purported",
            r"sender.{0,30}(?:invalid|unknown|domain)",
            r"access from",
            r"rejected",
            r"refus(?:ed|al)",
            r"not (?:accepted|authorized)",
            r"unwanted",
        ),
    ),
    (
        "syntaxerror",
        (
            r"syntax error",
            r"command (?:parameter )?not (?:implemented|recognized)",
            r"unrecognized command",
            r"bad sequence",
            r"need rcpt",
        ),
    ),
    (
        "networkerror",
        (
            r"hop ?count",
            r"too many hops",
            r"routing loop",
            r"mail loop",
            r"loops? back",
            r"dns error",
            r"name service error",
            r"could not connect",
            r"connection (?:timed out|lost|refused|reset|closed)",
            r"unable to connect",
            r"establish an? smtp",
            r"network",
            r"unreachable",
            r"no route",
            r"timed? ?out",
            r"timeout",
            r"no answer from",
            r"couldn.t connect",
            r"server (?:is )?not respond",
            r"lookup.{0,30}fail",
        ),
    ),
    (
        "mailererror",
        (
            r"x-unix",
            r"command (?:failed|output)",
            r"mailer error",
            r"pipe",
            r"procmail",
            r"local delivery",
            r"no such file",
            r"exit (?:code|status)",
            r"unix",
        ),
    ),
    ("filtered", (r"filter",)),
    (
        "systemerror",
        (
            r"system (?:error|problem)",
            r"internal",
            r"local error",
            r"configuration",
            r"service (?:currently |temporarily )?(?:unavailable|refus)",
            r"i/o",
            r"crash",
            r"temporar",
            r"try again later",
            r"server error",
            r"resources",
        ),
    ),
    (
        "expired",
        (
            r"expire",
            r"retry (?:time|timeout)",
            r"time.{0,10}exceeded",
            r"too old",
            r"could not be delivered (?:for|after|within)",
            r"has not been (?:collected|delivered)",
            r"queue (?:too )?long",
            r"delay",
            r"not yet been delivered",
            r"in the queue",
            r"retries",
            r"giving up",
            r"gave up",
            r"timed out",
        ),
    ),
)
PATTERNS = tuple(
    (reason, re.compile("|".join(wordings), re.IGNORECASE)) for reason, wordings in _WORDINGS
)
REASONS = frozenset(reason for reason, _wordings in _WORDINGS) | {"onhold", "undefined", "feedback"}
# What a status says where the words say nothing (RFC 3463).
OF_STATUS = {
    "1.1": "userunknown", "1.2": "hostunknown", "1.3": "userunknown", "1.4": "userunknown",
    "1.6": "hasmoved", "1.8": "rejected", "1.7": "rejected", "1.10": "notaccept",
    "1.0": "userunknown",
    "2.1": "suspend", "2.2": "mailboxfull", "2.3": "exceedlimit", "2.0": "filtered",
    "3.1": "systemfull", "3.2": "notaccept", "3.4": "mesgtoobig", "3.0": "systemerror",
    "4.0": "networkerror", "4.1": "networkerror", "4.2": "networkerror", "4.3": "systemerror",
    "4.4": "hostunknown", "4.5": "systemfull", "4.6": "networkerror", "4.7": "expired",
    "5.0": "syntaxerror", "5.1": "syntaxerror", "5.2": "syntaxerror", "5.4": "syntaxerror",
    "6.0": "contenterror", "6.1": "contenterror", "6.3": "contenterror", "6.6": "contenterror",
    "7.0": "securityerror", "7.1": "rejected", "7.2": "securityerror", "7.5": "securityerror",
    "7.6": "securityerror", "7.8": "securityerror", "7.9": "securityerror", "7.13": "suspend",
    "7.25": "requireptr", "7.26": "authfailure", "7.27": "notaccept", "7.509": "authfailure",
    "7.606": "blocked",
}  # fmt: skip
AFTER_DATA = re.compile(r"end of data|after data|in reply to data", re.IGNORECASE)
HARD = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})


def is_hard(reason: str) -> bool:
    """Whether writing to that address again is useless."""
    return reason in HARD


def reason_of(*, status: str, reply: str, text: str, diagnostic: str, is_delay: bool) -> str:
    """The word for it: of what the server said, else of all that is written, else of the status."""
    if is_delay:
        return _of_words(diagnostic) or "expired"
    exact = status[2:]
    if exact in {"2.2", "1.6", "7.25", "7.26", "7.27", "7.509", "7.606", "7.13"}:
        return OF_STATUS[exact]
    found = _of_words(diagnostic) if diagnostic else ""
    if not found:
        found = _of_words(text)
    if found == "userunknown" and (AFTER_DATA.search(text) or exact == "7.1"):
        return "filtered"
    if found in {"", "systemerror", "rejected"} and exact in OF_STATUS and exact != "3.0":
        named = OF_STATUS[exact]
        return found if found and exact in {"7.1", "7.0", "5.0"} else named
    return found or OF_STATUS.get(exact, "onhold" if reply or status else "undefined")


def _of_words(text: str) -> str:
    return next((reason for reason, pattern in PATTERNS if pattern.search(text)), "")
