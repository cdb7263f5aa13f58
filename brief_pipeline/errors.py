"""What can go wrong, by name.

    BriefError
    ├── PermanentFailure       the same input will fail again: not tried again until the input changes
    │   ├── FeedUnreadable         the bytes are not a feed
    │   ├── TranscriptUnreadable   the bytes are not a transcript of a kind we know
    │   ├── AudioUnreadable        the bytes do not decode as audio
    │   ├── NotThere               the server refuses for good (401, 403 ...), or the address cannot be fetched from
    │   │   ├── Gone                   the server says that it is gone and will not come back (410)
    │   │   └── AddressRefused         the address leads into a private network, which no setting opened
    │   ├── TooLarge               over a limit that a setting names
    │   ├── LanguageUnread         the extractor in force does not read the episode's language
    │   ├── AddressUnusable        what a person typed is no mail address
    │   └── WishesUnclear          what a person asks to be told cannot be heeded as it is
    ├── PassingFailure         may work next time: tried again on the next run
    │   ├── Unreachable            no answer, a broken answer, or "come back later" (5xx, 429)
    │   ├── ModelUnavailable       a model cannot be loaded: the message names the setting to change
    │   ├── LlmRefused             a wrong key or an unknown model name
    │   ├── LlmUnusable            the reply is not what was asked for, also after a second try
    │   ├── CapReached             a limit on what a language model may be asked or cost is used up
    │   ├── ShelfFull              the audio on disk has reached its limit, and none of it may be removed yet
    │   └── NothingToRead          an episode has neither a transcript nor audio that could be used (yet)
    ├── StageFailed            every item of a stage failed: the run stops here
    ├── StoreBusy              another process holds the database file: the message names it
    ├── StoreUnreadable        the database file is damaged, cannot be written, or was made by a newer version
    └── SettingsInvalid        brief.toml, an environment variable or an argument is wrong

Every message names the thing and the cure: it is shown to people, and stored in raw.failures.
"""

from __future__ import annotations


class BriefError(Exception):
    """Anything this project raises on purpose."""


class PermanentFailure(BriefError):
    """The same input will fail again."""


class PassingFailure(BriefError):
    """Another try may succeed."""


class FeedUnreadable(PermanentFailure):
    """The bytes are not a feed."""


class TranscriptUnreadable(PermanentFailure):
    """The bytes are not a transcript of a kind we know."""


class AudioUnreadable(PermanentFailure):
    """The bytes do not decode as audio."""


class NotThere(PermanentFailure):
    """The server refuses the thing for good, or its address is none to fetch from."""


class Gone(NotThere):
    """The server says that the thing is gone and will not come back (410)."""


class AddressRefused(NotThere):
    """The address leads into a private network, which no setting opened."""


class TooLarge(PermanentFailure):
    """The thing is over a limit that a setting names."""


class MailRefused(PermanentFailure):
    """The mail server refuses a mail, or its address, for good."""


class DeliveryUncertain(PermanentFailure):
    """A server had what was sent, and nobody knows what became of it."""


class LanguageUnread(PermanentFailure):
    """The extractor in force does not read the episode's language."""


class AddressUnusable(PermanentFailure):
    """What a person typed is no mail address. The message does not repeat it."""


class WishesUnclear(PermanentFailure):
    """What a person asks to be told cannot be heeded as it is."""


class Unreachable(PassingFailure):
    """No answer, a broken answer, or "come back later"."""


class ModelUnavailable(PassingFailure):
    """A model cannot be loaded."""


class LlmRefused(PassingFailure):
    """The LLM's provider refuses the key or does not know the model."""


class LlmUnusable(PassingFailure):
    """The LLM's reply is not what was asked for."""


class CapReached(PassingFailure):
    """A limit on what a language model may be asked or cost is used up: the message names the setting."""


class ShelfFull(PassingFailure):
    """The audio on disk has reached its limit, and none of it may be removed yet."""


class NothingToRead(PassingFailure):
    """An episode has neither a transcript nor audio that could be used."""


class StageFailed(BriefError):
    """Every item of a stage failed."""


class StoreBusy(BriefError):
    """Another process holds the database file."""


class StoreUnreadable(BriefError):
    """The database file is damaged, cannot be written, or was made by a newer version."""


class SettingsInvalid(BriefError):
    """A setting or an argument is wrong."""


def first_line(error: BaseException) -> str:
    """What an error says, in one line.

    >>> first_line(ValueError("no such layer\\nin the graph")), first_line(KeyError())
    ('no such layer', 'KeyError')
    """
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
