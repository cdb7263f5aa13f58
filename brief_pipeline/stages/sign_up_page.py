"""The pages on which people sign up, confirm, change what they asked for, and end it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from brief_pipeline.records import Wishes
from brief_pipeline.stages.brief import open_templates
from brief_pipeline.stages.wishes import SENTENCES

FIELDS = ("address", "interests", "dislikes", "hour", "time_zone")
REFILLED_CHARACTERS = 5000  # of a field that was filled in wrongly


@dataclass(frozen=True)
class Question:
    """What is asked before anything happens: a button does it."""

    title: str
    button: str
    action: str
    lines: Sequence[str] = ()
    sentences: Sequence[str] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Notice:
    """What a page says."""

    title: str
    lines: Sequence[str] = ()
    link: tuple[str, str] | None = None  # its words and where it leads


@dataclass(frozen=True)
class PageMaker:
    """Makes the pages of one site: its title, and what is known of it."""

    site_title: str
    time_zones: Sequence[str]
    pending_days: int
    unsubscribed_days: int

    def sign_up(self, form: Mapping[str, str], form_token: str, problem: str = "") -> str:
        """The form, filled in with what was typed before."""
        return self._render("sign_up.html.j2", form=refill(form), form_token=form_token, problem=problem)

    def subscription(
        self,
        form: Mapping[str, str],
        form_token: str,
        masked: str,
        action: str,
        unsubscribe_url: str,
        said: str = "",
        problem: str = "",
    ) -> str:
        """The form on which a subscriber changes what they asked for."""
        filled = refill(form)
        return self._render(
            "subscription.html.j2",
            form=filled,
            form_token=form_token,
            masked=masked,
            action=action,
            unsubscribe_url=unsubscribe_url,
            said=said,
            problem=problem,
        )

    def question(self, question: Question) -> str:
        return self._render("question.html.j2", question=question)

    def notice(self, notice: Notice) -> str:
        return self._render("notice.html.j2", notice=notice)

    def _render(self, name: str, **values: object) -> str:
        known = {
            "root": "/",
            "here": "Sign up",
            "search_url": "/search",
            "sign_up_url": "/sign-up",
            "site_title": self.site_title,
            "time_zones": self.time_zones,
            "sentences": SENTENCES,
            "pending_days": self.pending_days,
            "unsubscribed_days": self.unsubscribed_days,
        }
        return open_templates(True).get_template(name).render(**known, **values)


def fill_in(wishes: Wishes) -> dict[str, str]:
    """The form of some wishes.

    >>> fill_in(Wishes(("Buses", "Bread"), (), 6, "UTC"))
    {'interests': 'Buses\\nBread', 'dislikes': '', 'hour': '6', 'time_zone': 'UTC'}
    """
    lines = {"interests": "\n".join(wishes.interests), "dislikes": "\n".join(wishes.dislikes)}
    return {**lines, "hour": str(wishes.hour), "time_zone": wishes.time_zone}


def refill(form: Mapping[str, str]) -> dict[str, str]:
    """Every field of the form, not too long to send back."""
    return {name: form.get(name, "")[:REFILLED_CHARACTERS] for name in FIELDS}


def tell_wishes(wishes: Wishes) -> list[str]:
    """What a subscriber asked for, a sentence each.

    >>> tell_wishes(Wishes(("Buses",), ("Sport",), 6, "Europe/Paris"))
    ['Buses', 'Not: Sport']
    """
    return [*wishes.interests, *(f"Not: {sentence}" for sentence in wishes.dislikes)]


def tell_hour(wishes: Wishes) -> str:
    """When the brief comes.

    >>> tell_hour(Wishes(hour=6, time_zone="America/New_York"))
    '06:00, time of New York'
    """
    place = wishes.time_zone.rpartition("/")[2].replace("_", " ")
    return f"{wishes.hour:02}:00, time of {place}" if "/" in wishes.time_zone else f"{wishes.hour:02}:00 {wishes.time_zone}"
