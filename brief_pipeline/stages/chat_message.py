"""The brief as a message in a channel, as Slack's incoming webhooks take it (mrkdwn); others show it as plain text."""

from __future__ import annotations

import re

from brief_pipeline.stages.brief import (
    NO_LINKS,
    Brief,
    Links,
    format_clock,
    format_day,
    name_voices,
    open_templates,
    show_text,
    tell_earlier,
)

# Slack acts on these three alone (its reference, "Escaping text"); marks of emphasis are kept apart by a zero-width space.
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MARKS = re.compile(r"([*_~`])")
_LONGEST_WORD = 400


def render_message(brief: Brief, links: Links = NO_LINKS) -> str:
    """The five with who said it and where to play it. What stood in a feed or came from a model is shown as text."""
    web = open_templates(False).filters["web"]
    lines = [f"*{escape(brief.title)}*", escape(brief.scanned)]
    for item in brief.items:
        said = f"{item['speaker'] or 'Speaker unknown'}, {item['show_title']}: {item['episode']}"
        lines += ["", f"*{item['rank']}. {escape(item['claim'])}*"]
        lines += [f"_Follow-up._ {escape(tell_earlier(item))}"] if item["earlier_claim"] else []
        lines += [escape(item["explanation"])] if item["explanation"] else []
        lines += [f"> “{escape(item['quote'])}”", f"{escape(said)}, {format_day(item['published_at'].date())}"]
        if url := _address(web(item["play_url"])):
            start = item["start_seconds"]
            lines += [f"<{url}|Play{'' if start is None else f' from {format_clock(start)}'}>"]
        lines += [f"Also said by {escape(name_voices(item))}."] if item["voices"] else []
        if page := _address(links.to_insight(item)):
            lines += [f"<{page}|Evidence and what others say>"]
    if not brief.items:
        lines += ["", "Nothing to tell: no episode of that day held an insight that was not told before."]
    lines += ["", "What could not be done:", *(f"- {escape(one)}" for one in brief.problems)] if brief.problems else []
    return "\n".join(lines)


def escape(text: object) -> str:
    """Text on one line that a channel shows as it is: it mentions nobody, links nowhere and sets nothing in bold.

    >>> escape("<!channel> & *now*") == "&lt;!channel&gt; &amp; \\u200b*\\u200bnow\\u200b*\\u200b"
    True
    """
    line = " ".join(str(show_text(str(text))).translate(_ESCAPED).split())
    line = " ".join(word if len(word) <= _LONGEST_WORD else f"{word[:_LONGEST_WORD]}…" for word in line.split(" "))
    return _MARKS.sub("\u200b\\1\u200b", line)


def _address(url: str) -> str:
    return "" if not url or re.search(r"[\s|<>]", url) else url.replace("&", "&amp;")
