"""Plots that say at a glance what a table of numbers does not: values in, a small SVG drawing out, as Markdown shows it.

Each stands on a light card of its own, so that it reads the same in a light and in a dark theme. The same values give the
same bytes. The colours are Okabe and Ito's: who sees few colours tells them apart too.
"""

from __future__ import annotations

import re
import warnings
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_INCHES = 6.2  # of 72 points: 446 pixels, what the dialog that shows Markdown has room for
HEIGHT_INCHES = 2.6
BAR_INCHES = 0.24  # of height for each bar that lies
MOST_BARS = 12  # what is left of them is one more bar
LONGEST_LABEL = 34  # characters
BINS = 20
DAYS_LABELLED = 8
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
_NEEDLESS = re.compile(r"<!--.*?-->\s*|<metadata>.*?</metadata>\s*|(?<=>)\s+(?=<)", re.S)
_PATH = re.compile(r'(?<= d=")[^"]*')
_FRACTION = re.compile(r"(\.\d)\d+")  # a tenth of a point is as much as is seen
LOOK: Any = {
    "svg.fonttype": "none",  # text stays text: a third of the bytes, and sharp
    "svg.hashsalt": "brief",  # ids inside the drawing: the same each time
    "text.parse_math": False,  # a show may be called "$100 MBA"
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],  # the first comes with matplotlib, and measures the text
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "text.color": "#222222",
    "axes.labelcolor": "#222222",
    "xtick.color": "#222222",
    "ytick.color": "#222222",
    "axes.prop_cycle": "cycler(color=['#0072b2'])",
    "figure.facecolor": "#fafafa",
    "axes.facecolor": "#fafafa",
}


def draw_bars(title: str, unit: str, bars: Mapping[str, float]) -> str:
    """A bar for each name, the longest on top; beyond MOST_BARS of them the rest in one."""
    ordered = sorted(bars.items(), key=lambda bar: (-bar[1], bar[0]))
    shown, rest = ordered[:MOST_BARS], ordered[MOST_BARS:]
    if rest:
        shown.append((f"{len(rest)} others", sum(value for _, value in rest)))
    with _drawing(title, BAR_INCHES * max(len(shown), 1) + 0.9) as (axes, drawn):
        axes.barh(range(len(shown)), [value for _, value in shown], color=COLOURS[0])
        axes.set_yticks(range(len(shown)), [_shorten(name) for name, _ in shown])
        axes.invert_yaxis()
        axes.set_xlabel(unit)
        _count_in_whole(axes.xaxis, bars.values())
    return drawn[0]


def draw_days(title: str, unit: str, days: Sequence[date], series: Mapping[str, Mapping[date, float]]) -> str:
    """A bar for each day, made of what each of the series gives to it."""
    with _drawing(title, HEIGHT_INCHES) as (axes, drawn):
        floor, edges = [0.0] * len(days), [place - 0.5 for place in range(len(days) + 1)]
        for place, name in enumerate(sorted(series)):
            tops = [below + series[name].get(day, 0.0) for below, day in zip(floor, days, strict=True)]
            colour = COLOURS[place % len(COLOURS)]
            axes.stairs(tops, edges, baseline=floor, fill=True, color=colour, label=_shorten(name))
            floor = tops
        every = -(-len(days) // DAYS_LABELLED)
        axes.set_xticks(range(0, len(days), every), [f"{day.day} {day:%b}" for day in days[::every]])
        axes.set_ylabel(unit)
        if series:
            axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0, -0.14), ncols=3)
    return drawn[0]


def draw_distribution(title: str, unit: str, values: Sequence[float]) -> str:
    """How values from 0 to 1 are spread, with a line at the median."""
    with _drawing(title, HEIGHT_INCHES) as (axes, drawn):
        counts = Counter(min(int(value * BINS), BINS - 1) for value in values)
        axes.stairs([counts[place] for place in range(BINS)], [place / BINS for place in range(BINS + 1)], fill=True)
        if values:
            middle = sorted(values)[len(values) // 2]
            axes.axvline(middle, color=COLOURS[5], linewidth=1.5, label=f"median {middle:.2f}")
            axes.legend(frameon=False, fontsize=8)
        axes.set_xlim(0.0, 1.0)
        axes.set_xlabel(unit)
        _count_in_whole(axes.yaxis, [1.0])
    return drawn[0]


def embed_drawing(alt: str, svg: str) -> str:
    """The drawing as a Markdown image that holds it whole: nothing is fetched.

    >>> embed_drawing("Episodes [by show]", "<svg/>")
    '![Episodes by show](data:image/svg+xml;base64,PHN2Zy8+)'
    """
    name = "".join(letter for letter in alt if letter not in "[]\\")
    return f"![{name}](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})"


@contextmanager
def _drawing(title: str, height_inches: float) -> Iterator[tuple[Axes, list[str]]]:
    """Axes to draw on; at the end the SVG is in the list."""
    import matplotlib
    from matplotlib.figure import Figure

    drawn: list[str] = []
    with matplotlib.rc_context(LOOK), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # who shows it has a font for it
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
        axes = figure.subplots()
        axes.set_title(title, loc="left", fontsize=10)
        yield axes, drawn
        paper = BytesIO()
        figure.savefig(paper, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
        drawn.append(_shrink(paper.getvalue().decode()))


def _shrink(svg: str) -> str:
    """The drawing without what only an editor reads, and its paths no finer than they are seen."""
    return _PATH.sub(lambda path: _FRACTION.sub(r"\1", " ".join(path.group().split())), _NEEDLESS.sub("", svg))


def _shorten(name: str) -> str:
    """The name on one line, without what no XML may hold."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"


def _count_in_whole(axis: Any, values: Any) -> None:
    """Marks on whole numbers only, where whole things are counted."""
    from matplotlib.ticker import MaxNLocator

    if all(float(value).is_integer() for value in values):
        axis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
