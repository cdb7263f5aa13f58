"""What a language model's work will take, what it has taken, and the limits on it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from brief_pipeline.stages.sentence import WORDS_PER_HOUR

MOST_PER_HOUR = 15  # insights kept
FEWEST_KEPT = 5  # of a short episode; there may well be none
DENSE_WORDS = 100  # the fewest words of talk that an insight comes in
ASKED_SHARE = 1.3  # insights asked for, a wanted one: the judge and the string gate take their part
PROPOSED_MOST = 2  # times as many as asked are looked at; the rest is counted
TOKENS_PER_WORD = 1.45  # of speech with speakers' names, tiktoken's cl100k: 1.25 to 1.4 in English; other scripts take more
TOKEN_MARGIN = 1.15  # counts are another tokenizer's for most models

DEFAULT_CONTEXT_TOKENS = 8_192  # of a model that nobody knows: what local servers are set to, and small models read
ANSWER_TOKENS, REASONING_ANSWER_TOKENS = 4_096, 16_384
ANSWER_SHARE = 5  # an answer takes at most a fifth of the context
FEWEST_PASSAGE_TOKENS = 300  # below it a passage holds no argument

PROMPT_TOKENS = 1_500  # of propose.md with its examples and schema; a test holds it to that
TOKENS_PER_PROPOSAL = 130
TOKENS_PER_JUDGEMENT = 60
TOKENS_PER_ITEM = 300  # shown to the judge: claim, explanation, quote and the words around
JUDGE_PROMPT_TOKENS = 850
JUDGED_AT_ONCE = 20  # more items in one question, and the judge begins to skim


@dataclass(frozen=True)
class Price:
    """USD a token."""

    usd_in: float
    usd_out: float

    def of(self, tokens_in: int, tokens_out: int) -> float:
        return tokens_in * self.usd_in + tokens_out * self.usd_out


@dataclass(frozen=True)
class Spend:
    """Calls, tokens and money. `usd` is None where no price is known."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float | None = 0.0

    def __add__(self, other: Spend) -> Spend:
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Spend(self.calls + other.calls, self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out, usd)

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    def in_words(self) -> str:
        """
        >>> Spend(14, 40_000, 3_000, 0.0078).in_words(), Spend(1, 900, 100, None).in_words()
        ('14 calls, 43,000 tokens, 0.0078 USD', '1 call, 1,000 tokens, no price known')
        """
        money = "no price known" if self.usd is None else f"{self.usd:.4f} USD"
        return f"{self.calls} call{'s' * (self.calls != 1)}, {self.tokens:,} tokens, {money}"


@dataclass(frozen=True)
class Caps:
    """The limits: of one episode, and of one run over all its episodes."""

    calls_per_episode: int
    tokens_per_episode: int
    usd_per_run: float


def find_stop(caps: Caps, episode: Spend, run_usd: float, coming: Spend) -> str | None:
    """The cap that `coming` would cross, in words with the setting to change; None: it may be spent.

    `coming` holds what has to be kept for judging, too. What has no known price is not held by the cap on USD.

    >>> find_stop(Caps(20, 250_000, 1.0), Spend(20, 900, 90), 0.2, Spend(1, 100, 10))
    'cap reached: 20 of 20 calls made, and 1 more would be needed; raise llm.calls_per_episode in brief.toml'
    >>> find_stop(Caps(20, 250_000, 1.0), Spend(3, 900, 90), 0.2, Spend(1, 100, 10, None)) is None
    True
    """
    if episode.calls + coming.calls > caps.calls_per_episode:
        return (
            f"cap reached: {episode.calls} of {caps.calls_per_episode} calls made, and {coming.calls} more would be needed; "
            "raise llm.calls_per_episode in brief.toml"
        )
    if episode.tokens + coming.tokens > caps.tokens_per_episode:
        return (
            f"cap reached: {episode.tokens:,} of {caps.tokens_per_episode:,} tokens used, and up to {coming.tokens:,} more "
            "would be needed; raise llm.tokens_per_episode in brief.toml"
        )
    if coming.usd and run_usd + coming.usd > caps.usd_per_run:
        return (
            f"cap reached: {run_usd:.4f} of {caps.usd_per_run:.4f} USD spent in this run, and up to {coming.usd:.4f} more "
            "would be needed; raise llm.usd_per_run in brief.toml, or run again"
        )
    return None


@dataclass(frozen=True)
class Room:
    """How the context of a model is divided, in tokens."""

    context: int
    answer: int
    passage: int


def divide_context(context_tokens: int, is_reasoning: bool = False, answer_tokens: int | None = None) -> Room:
    """Room for the prompt, the passage and the answer.

    >>> divide_context(8_192)
    Room(context=8192, answer=1638, passage=4199)
    """
    usual = REASONING_ANSWER_TOKENS if is_reasoning else ANSWER_TOKENS
    answer = min(answer_tokens or usual, context_tokens // ANSWER_SHARE)
    passage = int((context_tokens - answer) / TOKEN_MARGIN) - PROMPT_TOKENS
    return Room(context_tokens, answer, max(FEWEST_PASSAGE_TOKENS, passage))


def count_judged_at_once(room: Room) -> int:
    """How many insights the judge can be shown in one question."""
    for_items = (room.context - room.answer) / TOKEN_MARGIN - JUDGE_PROMPT_TOKENS
    return max(1, min(JUDGED_AT_ONCE, int(for_items / TOKENS_PER_ITEM), room.answer // TOKENS_PER_JUDGEMENT))


def count_kept(words: int) -> int:
    """The most insights that are kept of so many words of talk: 15 an hour.

    >>> count_kept(10_000), count_kept(500), count_kept(0)
    (15, 5, 0)
    """
    return max(FEWEST_KEPT, round(words * MOST_PER_HOUR / WORDS_PER_HOUR)) if words else 0


def count_asked(words: int) -> int:
    """How many insights to ask of a passage of so many words. A short one may be a whole episode.

    >>> count_asked(3_000), count_asked(600), count_asked(200)
    (6, 5, 2)
    """
    return max(2, min(FEWEST_KEPT, words // DENSE_WORDS), math.ceil(words * MOST_PER_HOUR * ASKED_SHARE / WORDS_PER_HOUR))


def estimate_judging(items: int, room: Room, price: Price | None) -> Spend:
    """What judging so many insights takes."""
    if not items:
        return Spend(usd=None if price is None else 0.0)
    calls = math.ceil(items / count_judged_at_once(room))
    tokens_in = calls * JUDGE_PROMPT_TOKENS + items * TOKENS_PER_ITEM
    tokens_out = items * TOKENS_PER_JUDGEMENT
    return Spend(calls, tokens_in, tokens_out, price.of(tokens_in, tokens_out) if price else None)


def estimate_episode(
    words: int, room: Room, passage_words: int, price: Price | None, judge_price: Price | None, is_judged: bool = True
) -> Spend:
    """What an episode of so many words will take, before any call. Repairs and second tries come on top.

    >>> estimate_episode(10_000, divide_context(128_000), 3_000, Price(0.15e-6, 0.6e-6), Price(0.15e-6, 0.6e-6)).in_words()
    '5 calls, 31,150 tokens, 0.0064 USD'
    """
    talk = int(words * TOKENS_PER_WORD)
    passages = max(math.ceil(talk / room.passage), math.ceil(words / passage_words)) if words else 0
    asked = passages * count_asked(math.ceil(words / passages)) if passages else 0
    tokens_in = talk + passages * PROMPT_TOKENS
    tokens_out = asked * TOKENS_PER_PROPOSAL
    proposing = Spend(passages, tokens_in, tokens_out, price.of(tokens_in, tokens_out) if price else None)
    return proposing + estimate_judging(asked, room, judge_price) if is_judged else proposing
