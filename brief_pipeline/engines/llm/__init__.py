"""A language model, through litellm: one question, one answer of the shape that was asked for."""

from brief_pipeline.engines.llm.answer import FREE, Answer, Call, Limits, Llm, Message, Meter, ModelFacts, Unmetered
from brief_pipeline.engines.llm.client import LitellmLlm
from brief_pipeline.engines.llm.memory import AnswerMemory

__all__ = [
    "FREE",
    "Answer",
    "AnswerMemory",
    "Call",
    "Limits",
    "LitellmLlm",
    "Llm",
    "Message",
    "Meter",
    "ModelFacts",
    "Unmetered",
]
