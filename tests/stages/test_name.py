from __future__ import annotations

import pytest

from brief_pipeline.stages.name import read_names, unsaid_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Caches help. So do queues.", []),
        ("Initech's chief left", ["Initech"]),
        ("Initech says so", ["Initech"]),
        ("Research says so", []),
        ("Today's models say so", []),
        ("Ada Byron left", ["Ada Byron"]),
        ("Former Initech staff left", ["Initech"]),
        ("Training GPT-4 is dear", ["GPT-4"]),
        ("GitHub is down", ["GitHub"]),
        ("I think Dr. Byron and I'm OK", ["Byron"]),
        ("“Queues help,” and (Caches too): Tables", []),
        ("we use iPhones", ["iPhones"]),
    ],
)
def test_a_name_is_told_from_a_word_that_comes_first(text: str, names: list[str]) -> None:
    assert list(read_names(text)) == names


def test_a_first_word_that_the_talk_has_in_lower_case_is_no_name() -> None:
    assert list(read_names("Thrift says more than money", {"thrift"})) == []


@pytest.mark.parametrize(
    ("claim", "surroundings"),
    [
        ("The AI wins", "artificial intelligence"),
        ("The LLMs win", "large language models"),
        ("The United States wins", "in the US"),
        ("The Brazilian team wins", "in Brazil"),
        ("The team in Brazil wins", "a Brazilian team"),
        ("The Chinese labs win", "labs in China"),
        ("We run GPT-4", "we run gpt four"),
        ("We run text-to-SQL", "it's SQL"),
        ("We like HandlerFunc", "http.HandlerFunc"),
        ("We run Llama 3", "Llama 3 and Llama 2"),
        ("We run Go 1.18", "up to Go 1.18."),
        ("Initech in 2019 had 300 people", "in Initech in 2019, 300 people"),
    ],
)
def test_a_name_in_another_dress_is_said(claim: str, surroundings: str) -> None:
    assert unsaid_names(claim, surroundings) == ()


@pytest.mark.parametrize(
    ("claim", "surroundings", "unsaid"),
    [
        ("Initech says so", "Globex says so", ("Initech",)),
        ("We run Llama 3", "we run llama 2, on 3 machines", ("Llama 3",)),
        ("We run GPT-5", "we run GPT-4", ("GPT-5",)),
        ("The AI wins", "an idea wins", ("AI",)),
        ("The United States wins", "it wins for us", ("United States",)),
        ("We ran Intelligence", "we ran Intel", ("Intelligence",)),
    ],
)
def test_another_name_is_not(claim: str, surroundings: str, unsaid: tuple[str, ...]) -> None:
    assert unsaid_names(claim, surroundings) == unsaid
