"""The timelines tell the truth that their sources tell, and can be read."""

import itertools
import re
from pathlib import Path

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text
from scipy.optimize import minimize

from lineart_lib.press import house_style
from lineart_lib.press.timeline_figures import draw_seating, draw_timeline
from lineart_lib.press.timelines import (
    decimal_year,
    describe,
    read_seats,
    read_timelines,
    spread,
)

ROOT = Path(__file__).parents[2]
DATA = ROOT / "book" / "timelines.yml"
TIMELINES = read_timelines(DATA)
NAMES = ["boai_timeline", "boai_revolution", "boai_milestones"]
KEYS = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "book/references.bib").read_text("utf-8"), re.M))
CHAPTER = (ROOT / "book/context/history.md").read_text("utf-8")


@pytest.fixture(autouse=True)
def _style():
    with matplotlib.rc_context():
        matplotlib.use("agg")
        house_style()
        yield


def words_of(figure):
    """Every text of a figure, with its box in pixels, from the renderer that draws it."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_text()]
    return [(text, text.get_window_extent(renderer)) for text in texts]


def test_the_file_holds_the_three_timelines():
    """Property: the three figures of the draft have their data, in that order."""
    assert list(TIMELINES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_source_is_in_the_bibliography(name):
    """Property: no event and no winter rests on a work that the references lack."""
    timeline = TIMELINES[name]
    sources = {item.source for item in (*timeline.events, *timeline.winters)}
    assert sources <= KEYS, sources - KEYS


@pytest.mark.parametrize("name", NAMES)
def test_dates_are_sorted(name):
    """Property: a reader of the file meets the events in the order of time."""
    dates = [event.when for event in TIMELINES[name].events]
    assert dates == sorted(dates)


@pytest.mark.parametrize("name", NAMES)
def test_the_chapter_tells_the_same_years(name):
    """Equivalence: a paragraph of the chapter cites the source and names the year of each event."""
    paragraphs = CHAPTER.split("\n\n")
    for event in TIMELINES[name].events:
        about = [text for text in paragraphs if event.source in text]
        assert any(str(event.year) in text for text in about), f"{event.label}, {event.year}"


def test_an_event_on_two_timelines_is_the_same_event():
    """Equivalence: the same sentence has the same date, source and year wherever it stands."""
    seen = {}
    for event in itertools.chain.from_iterable(line.events for line in TIMELINES.values()):
        assert seen.setdefault(event.event, (event.date, event.source)) == (
            event.date,
            event.source,
        )


@pytest.mark.parametrize("name", NAMES)
def test_words_neither_overlap_nor_leave_the_figure(name):
    """Property: in the renderer, no two texts share a pixel and all lie inside the figure."""
    figure = draw_timeline(TIMELINES[name])
    words = words_of(figure)
    assert len(words) > 2 * len(TIMELINES[name].events)
    for text, box in words:
        inside = figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1
        assert inside, f"{text.get_text()!r} leaves the figure at a side"
        inside = figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1
        assert inside, f"{text.get_text()!r} leaves the figure at the top or bottom"
    for (one, first), (two, second) in itertools.combinations(words, 2):
        assert not first.overlaps(second), f"{one.get_text()!r} covers {two.get_text()!r}"
    matplotlib.pyplot.close(figure)


@pytest.mark.parametrize("name", NAMES)
def test_the_axis_is_proportional(name):
    """Property: equal times are equal lengths; every marker stands at its own date."""
    timeline = TIMELINES[name]
    figure = draw_timeline(timeline)
    markers = [
        line.get_ydata()[0]
        for line in figure.axes[0].lines
        if line.get_zorder() == 4 and line.get_marker() != "None"
    ]
    dates = [event.when for event in timeline.events]
    assert len(markers) == len(dates)
    inches_a_year = (markers[-1] - markers[0]) / (dates[-1] - dates[0])
    for marker, date in zip(markers, dates, strict=True):
        assert marker == pytest.approx(markers[0] + (date - dates[0]) * inches_a_year)
    matplotlib.pyplot.close(figure)


@pytest.mark.parametrize("name", NAMES)
def test_the_alternative_text_names_every_event(name):
    """Equivalence: who does not see the figure is told the same events in the same years."""
    words = describe(TIMELINES[name])
    for event in TIMELINES[name].events:
        assert event.label in words
        assert str(event.year) in words


def test_winters_lie_inside_what_the_tellings_allow():
    """Property: the firm shade is a part of the faint one, and winters do not meet."""
    winters = TIMELINES["boai_timeline"].winters
    for winter in winters:
        assert winter.extent[0] <= winter.core[0] < winter.core[1] <= winter.extent[1]
    assert winters[0].extent[1] < winters[1].extent[0]


def test_the_drawing_seats_seven_people_once():
    """Property: seven names, none over another, and the four proposers among them."""
    back, front = read_seats(DATA, "boai_dartmouth")
    names = [person["name"] for person in (*back, *front)]
    assert len(names) == len(set(names)) == 7
    proposers = {person["name"] for person in (*back, *front) if person["look"] == "proposer"}
    assert proposers == {
        "John McCarthy",
        "Marvin Minsky",
        "Nathaniel Rochester",
        "Claude Shannon",
    }
    figure = draw_seating(back, front)
    for (one, first), (two, second) in itertools.combinations(words_of(figure), 2):
        assert not first.overlaps(second), f"{one.get_text()!r} covers {two.get_text()!r}"
    matplotlib.pyplot.close(figure)


@pytest.mark.parametrize(
    ("date", "decimal"),
    [("2021-01-01", 2021 + 0.5 / 365), ("2020-12-31", 2020 + 365.5 / 366), ("1956", 1956.5)],
)
def test_dates_become_decimal_years(date, decimal):
    """Equivalence: a day counts from its middle, a leap year has 366 days, a year its middle."""
    assert decimal_year(date) == pytest.approx(decimal, abs=1e-12)


@pytest.mark.parametrize("date", ["56", "1956-13", "June 1956", "1956-06-18-09"])
def test_other_dates_are_refused(date):
    """Property: a date that cannot be placed is named in the error, not guessed."""
    with pytest.raises(ValueError, match=re.escape(repr(date))):
        decimal_year(date)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=12), st.floats(0, 2))
def test_spread_keeps_the_distance(targets, gap):
    """Property: neighbours keep the gap, and places that already keep it do not move."""
    places = spread(sorted(targets), gap)
    assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(places))
    assert spread(places, max(gap - 1e-9, 0)) == pytest.approx(places, abs=1e-6)


def test_spread_is_the_least_squares_answer():
    """Equivalence: a general solver of the constrained problem finds the same places."""
    targets, gap = [0.0, 0.1, 0.15, 2.0, 2.9, 3.0, 3.1, 5.0], 0.4
    limits = [
        {"type": "ineq", "fun": lambda x, i=i: x[i + 1] - x[i] - gap}
        for i in range(len(targets) - 1)
    ]
    answer = minimize(
        lambda x: sum((a - b) ** 2 for a, b in zip(x, targets, strict=True)),
        [0.5 * i for i in range(len(targets))],
        constraints=limits,
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    # SLSQP stops when the cost changes by 1e-12, so places agree to about its square root.
    assert spread(targets, gap) == pytest.approx(list(answer.x), abs=1e-5)


def test_spread_refuses_an_order_it_would_have_to_change():
    """Property: unsorted targets are an error, since labels would change places silently."""
    with pytest.raises(ValueError, match="ascend"):
        spread([2.0, 1.0], 0.1)
