"""The forms of rules and macros: lines of what is asked and what is done."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amity.kernel.access.models import Team, User
from amity.run.inbox.models import Macro, Rule
from amity.run.inbox.rules.actions import ACTION_LABELS
from amity.run.inbox.rules.automation import EVENT_LABELS, FIELD_LABELS, TEST_LABELS

LINES = 5  # of conditions that must all hold, and of actions
CHOICES = 3  # of conditions of which one must hold
OPTIONAL = [("", _("none"))]
KEYS = ("field", "test", "value")
NEEDLESS = frozenset({"route"})
WHAT = {
    "assign": "user_id",
    "follow": "user_id",
    "team": "team_id",
    "tag": "name",
    "untag": "name",
    "priority": "priority",
    "status": "status",
    "close": "outcome",
    "note": "text",
    "reply": "text",
}


Lines = list[tuple[Any, ...]]


class ActionsForm(forms.Form):
    """Lines of actions: what to do, and with what."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in range(LINES):
            self.fields[f"do{line}"] = forms.ChoiceField(
                label=_("Do"), choices=[*OPTIONAL, *ACTION_LABELS.items()], required=False
            )
            self.fields[f"what{line}"] = forms.CharField(
                label=_("With"),
                max_length=20_000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 1}),
            )

    def action_lines(self) -> list[tuple[Any, ...]]:
        """The bound fields of each line."""
        return [(self[f"do{line}"], self[f"what{line}"]) for line in range(LINES)]

    @staticmethod
    def folded(lines: Sequence[tuple[Any, ...]]) -> tuple[Lines, Lines]:
        """The lines to show, one more than are filled in or wrong, and those to fold away."""
        used = [
            place
            for place, line in enumerate(lines)
            if line[0].value() or any(bound.errors for bound in line)
        ]
        most = max(used, default=-1) + 2
        return list(lines[:most]), list(lines[most:])

    def actions(self) -> list[dict[str, Any]]:
        """What was filled in, as plain values; `add_error` was called where it cannot be."""
        found = []
        for line in range(LINES):
            do, what = self.cleaned_data[f"do{line}"], self.cleaned_data[f"what{line}"].strip()
            if do:
                found.append({"do": do, **self._what(line, do, what)})
        if not found:
            self.add_error(None, _("Say what is to be done."))
        return found

    def _what(self, line: int, do: str, what: str) -> dict[str, Any]:
        if do in NEEDLESS:
            return {}
        if not what:
            self.add_error(f"what{line}", _("Say with what."))
        if do in {"assign", "follow"}:
            return {"user_id": self._person(line, what)}
        if do == "team":
            return {"team_id": self._team(line, what)}
        if do == "priority":
            return {"priority": int(what) if what.isdecimal() else 0}
        return {WHAT[do]: what}

    def _person(self, line: int, what: str) -> int:
        found = User.objects.filter(email__iexact=what, is_active=True).first()
        if found is None and what:
            self.add_error(f"what{line}", _("Give the e-mail address of a colleague."))
        return found.pk if found else 0

    def _team(self, line: int, what: str) -> int:
        found = Team.objects.filter(key=what, is_active=True).first()
        if found is None and what:
            self.add_error(f"what{line}", _("Give the key of a team, as in help-desk."))
        return found.pk if found else 0


class MacroForm(ActionsForm):
    """Several actions in one step."""

    name = forms.CharField(label=_("Name"), max_length=100)
    shortcut = forms.CharField(label=_("Shortcut"), max_length=20, required=False)

    @staticmethod
    def initial_of(row: Macro) -> dict[str, Any]:
        """The values of a macro."""
        return {"name": row.name, "shortcut": row.shortcut, **_action_values(row.actions)}


class RuleForm(ActionsForm):
    """What happens by itself: when, under which conditions, and what."""

    name = forms.CharField(label=_("Name"), max_length=100)
    event = forms.ChoiceField(
        label=_("When"), choices=[(event.value, words) for event, words in EVENT_LABELS.items()]
    )
    position = forms.IntegerField(
        label=_("Order"),
        min_value=0,
        max_value=9999,
        initial=0,
        help_text=_("Rules of the same event act from the lowest to the highest."),
    )
    is_active = forms.BooleanField(label=_("Switched on"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in [*_names("every", LINES), *_names("some", CHOICES)]:
            self.fields[f"{name}_field"] = forms.ChoiceField(
                label=_("Field"), choices=[*OPTIONAL, *FIELD_LABELS.items()], required=False
            )
            self.fields[f"{name}_test"] = forms.ChoiceField(
                label=_("Test"), choices=list(TEST_LABELS.items()), required=False
            )
            self.fields[f"{name}_value"] = forms.CharField(
                label=_("Value"), max_length=300, required=False
            )

    @staticmethod
    def initial_of(row: Rule) -> dict[str, Any]:
        """The values of a rule."""
        given: dict[str, Any] = {
            name: getattr(row, name) for name in ("name", "event", "position", "is_active")
        }
        for part, most in (("every", LINES), ("some", CHOICES)):
            conditions = row.conditions.get(part, [])
            for name, condition in zip(_names(part, most), conditions, strict=False):
                for key in KEYS:
                    given[f"{name}_{key}"] = condition.get(key, "")
        return given | _action_values(row.actions)

    def condition_lines(self, part: str) -> list[tuple[Any, ...]]:
        """The bound fields of each line of `every` or `some`."""
        names = _names(part, LINES if part == "every" else CHOICES)
        return [
            (self[f"{name}_field"], self[f"{name}_test"], self[f"{name}_value"]) for name in names
        ]

    def conditions(self) -> dict[str, list[dict[str, str]]]:
        """What was filled in, as plain values."""
        return {
            part: [
                {key: self.cleaned_data[f"{name}_{key}"] for key in KEYS}
                for name in _names(part, most)
                if self.cleaned_data[f"{name}_field"]
            ]
            for part, most in (("every", LINES), ("some", CHOICES))
        }


def _names(part: str, most: int) -> list[str]:
    return [f"{part}{line}" for line in range(most)]


def _action_values(actions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Stored actions as the lines of the form; people by address, teams by key."""
    people = dict(
        User.objects.filter(pk__in=[one.get("user_id", 0) for one in actions]).values_list(
            "pk", "email"
        )
    )
    teams = dict(
        Team.objects.filter(pk__in=[one.get("team_id", 0) for one in actions]).values_list(
            "pk", "key"
        )
    )
    given: dict[str, Any] = {}
    for line, action in enumerate(actions[:LINES]):
        do = action["do"]
        what = action.get(WHAT.get(do, ""), "")
        if do in {"assign", "follow"}:
            what = people.get(what, "")
        elif do == "team":
            what = teams.get(what, "")
        given |= {f"do{line}": do, f"what{line}": what}
    return given
