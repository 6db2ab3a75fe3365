"""The canvas in words: promises, spans of time, fields."""

from amity.kernel.policy.document import Promise

FIELD_LABELS = {
    "motivation": "Motivation",
    "motivations": "Weights of the motivations",
    "expectations": "What they expect",
    "value_proposition": "Value proposition",
    "nature": "Nature",
    "intimacy": "Intimacy",
    "relationship_types": "Relationship types",
    "touchpoints": "Touchpoints",
    "hours": "Hours a year",
    "budget": "Budget a year",
    "targets": "Targets",
    "review_on": "Review date",
    "note": "Note",
    "guesses": "Guesses",
}
NATURE_WORDS = {
    "transactional": "Transactional: episodic, easily broken, no barrier to leave",
    "long_term": "Long-term: by contract or subscription, leaving loses benefits",
    "hybrid": "Hybrid: from episodic to stable",
}
INTIMACY_WORDS = {
    "automated": "Automated: needs met without a person",
    "personal": "Personal: with somebody they know",
    "hybrid": "Hybrid: automated, with a person in reach",
    "proactive": "Proactive: offered before it is asked for",
    "emotional": "Emotional: thanks, greetings, small gifts",
}
EXPECTATION_WORDS = {
    "need": "Need",
    "preference": "Preference",
    "behavior": "Behavior",
    "desire": "Desire",
    "aspiration": "Social aspiration",
    "demand": "Demand",
    "pain": "Pain",
    "fear": "Fear",
    "channel": "Preferred channel",
    "relationship": "Expected relationship",
}
EMPHASIS_WORDS = {
    "efficiency": "Efficiency",
    "expertise": "Expertise",
    "personal_care": "Personal care",
    "status": "Status",
    "belonging": "Belonging",
    "price": "Price",
    "control": "Control",
}
SKILL_WORDS = {
    "front_line": "Front line",
    "account": "Account managers",
    "content": "Content",
    "community": "Community",
    "product": "Product",
}
DAY = 480  # working minutes of a working day of eight hours


def span(minutes: int) -> str:
    """Working minutes as people say them: `30 min`, `4 working hours`, `2 working days`."""
    if minutes < 60:
        return f"{minutes} min"
    if minutes < DAY or minutes % DAY:
        hours = minutes / 60
        return f"{hours:g} working hour{'' if hours == 1 else 's'}"
    days = minutes // DAY
    return f"{days} working day{'' if days == 1 else 's'}"


def promise_line(promise: Promise | None) -> str:
    """A promise in one line: its own words, else its times; empty where nothing is promised."""
    if promise is None:
        return ""
    return promise.text or "; ".join(promise_facts(promise))


def promise_facts(promise: Promise) -> tuple[str, ...]:
    """The measurable parts of a promise."""
    facts = []
    if promise.first_response_minutes:
        facts.append(f"first answer within {span(promise.first_response_minutes)}")
    if promise.next_response_minutes:
        facts.append(f"further answers within {span(promise.next_response_minutes)}")
    if promise.resolution_minutes:
        facts.append(f"solved within {span(promise.resolution_minutes)}")
    if promise.human_reachable:
        facts.append("a person can be reached")
    return tuple(facts)
