"""Working days: the official years day by day, and what holds for every calendar, moment and number of days."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_gate import working_days
from credit_gate.working_days import CHINA, BadCalendar, calendar, load, parse

CALENDAR = load()
DAYS = st.dates(date(2024, 11, 1), date(2027, 3, 1))
NUMBERS = st.integers(0, 40)
MOMENTS = st.datetimes(datetime(2024, 11, 1), datetime(2027, 3, 1), timezones=st.sampled_from([UTC, CHINA]))

WORKING_DAYS = {  # counted from the notices: weekdays - holidays on weekdays + make-up days
    2025: 261 - 18 + 5,
    2026: 261 - 19 + 6,
}


@pytest.mark.parametrize("year", WORKING_DAYS)
def test_a_year_has_the_working_days_of_its_notice(year: int) -> None:
    assert CALENDAR.between(date(year - 1, 12, 31), date(year, 12, 31)) == WORKING_DAYS[year]
    assert "国务院办公厅" in CALENDAR.sources[year]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2025-01-26", True),  # a Sunday worked for the Spring Festival
        ("2025-01-28", False),
        ("2025-05-05", False),
        ("2025-10-08", False),
        ("2025-10-09", True),
        ("2026-01-02", False),
        ("2026-01-04", True),
        ("2026-02-14", True),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-09-20", True),
        ("2026-09-25", False),
        ("2026-10-08", True),
        ("2026-11-28", False),  # any Saturday
    ],
)
def test_days_of_the_notices(day: str, works: bool) -> None:
    assert CALENDAR.works(date.fromisoformat(day)) is works


def test_five_working_days_over_the_spring_festival() -> None:
    friday = datetime(2026, 2, 13, 9, tzinfo=CHINA)
    due = CALENDAR.due(friday, 5)
    assert due.day == date(2026, 2, 27)  # the worked Saturday 14, then 24 to 27
    assert due.at == datetime(2026, 2, 28, tzinfo=CHINA)
    assert not due.passed(datetime(2026, 2, 27, 23, 59, tzinfo=CHINA))
    assert due.passed(due.at)
    assert due.note is None


def test_a_moment_is_of_its_day_in_china() -> None:
    late = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # half past midnight on Saturday in China
    assert CALENDAR.add(late, 1) == date(2026, 11, 23)
    assert CALENDAR.add(late - timedelta(hours=1), 1) == date(2026, 11, 23)
    assert CALENDAR.add(datetime(2026, 11, 22, 16, 30, tzinfo=UTC), 1) == date(2026, 11, 24)
    with pytest.raises(ValueError, match="zone"):
        CALENDAR.add(datetime(2026, 11, 20), 1)


def test_a_year_without_data_says_so() -> None:
    due = CALENDAR.due(datetime(2026, 12, 30, tzinfo=CHINA), 5)
    assert due.weekends_only == (2027,)
    assert due.note is not None
    assert "2027" in due.note.zh
    assert "2027" in due.note.en
    assert CALENDAR.due(datetime(2026, 12, 1, tzinfo=CHINA), 5).weekends_only == ()


@given(at=DAYS, n=NUMBERS)
def test_adding_and_counting_are_each_others_inverse(at: date, n: int) -> None:
    assert CALENDAR.between(at, CALENDAR.add(at, n)) == n


@given(at=DAYS, n=NUMBERS, m=NUMBERS)
def test_a_limit_may_be_run_in_parts(at: date, n: int, m: int) -> None:
    assert CALENDAR.add(CALENDAR.add(at, n), m) == CALENDAR.add(at, n + m)


@given(at=DAYS, n=st.integers(1, 40))
def test_a_limit_ends_on_a_working_day_and_never_sooner_than_its_number(at: date, n: int) -> None:
    end = CALENDAR.add(at, n)
    assert CALENDAR.works(end)
    assert end >= at + timedelta(days=n)
    assert CALENDAR.add(end, -n) <= at


@given(a=DAYS, b=DAYS, c=DAYS)
def test_counts_add_up_and_turn_their_sign(a: date, b: date, c: date) -> None:
    assert CALENDAR.between(a, b) + CALENDAR.between(b, c) == CALENDAR.between(a, c)
    assert CALENDAR.between(a, b) == -CALENDAR.between(b, a)


@given(at=MOMENTS, n=NUMBERS)
def test_a_limit_is_over_at_midnight_in_china_and_never_before_it_began(at: datetime, n: int) -> None:
    due = CALENDAR.due(at, n)
    assert due.at.astimezone(CHINA).time().isoformat() == "00:00:00"
    assert not due.passed(at)


@given(at=MOMENTS, n=st.integers(0, 40))
def test_more_holidays_never_shorten_a_limit(at: datetime, n: int) -> None:
    plain = calendar([])
    only_off = calendar([working_days.Year(2026, "invented", tuple(_year(2026).holiday))])
    assert only_off.due(at, n).day >= plain.due(at, n).day


def test_a_file_of_ones_own_adds_years_and_wins(tmp_path: Path) -> None:
    own = tmp_path / "days.toml"
    own.write_text(
        '[[year]]\nyear = 2026\nsource = "local"\nholiday = []\n'
        '[[year]]\nyear = 2027\nsource = "invented"\nworking = [2027-01-09]\n'
        'holiday = [{ zh = "元旦", en = "New Year", first = 2026-12-31, last = 2027-01-03 }]\n'
    )
    both = load(own)
    assert both.sources[2025] == CALENDAR.sources[2025]
    assert both.works(date(2026, 10, 1))  # the local word about 2026 knows no National Day
    assert not both.works(date(2026, 12, 31))
    assert both.works(date(2027, 1, 9))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("year = [", "not TOML"),
        ("[[year]]\nyear = 2027\nholiday = []\n", "source"),
        ('[[year]]\nyear = 2027\nsource = "x"\nholiday = []\nworking = [2027-01-04]\n', "worked anyway"),
        ('[[year]]\nyear = 2027\nsource = "x"\nholiday = []\nworking = [2026-01-04]\n', "not of this year"),
        ('[[year]]\nyear = 2027\nsource = "x"\nholiday = []\nworking = [2028-01-01]\n', "later year"),
        ('[[year]]\nyear = 2027\nsource = "x"\nholiday = []\nworking = [2027-01-09, 2027-01-09]\n', "twice"),
        (
            '[[year]]\nyear = 2027\nsource = "x"\nholiday = [{zh="春", en="s", first = 2027-02-05, last = 2027-02-04}]',
            "last comes after first",
        ),
        ('[[year]]\nyear = 2027\nsource = "x"\nholiday = []\n' * 2, "appears twice"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(BadCalendar, match=told) as refused:
        parse(text, "days.toml")
    assert "days.toml" in str(refused.value)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(BadCalendar, match="cannot be read"):
        load(Path("/nowhere/days.toml"))


def _year(year: int) -> working_days.Year:
    packaged = Path(working_days.__file__).with_name("working_days.toml")
    return next(one for one in parse(packaged.read_text("utf-8"), "packaged") if one.year == year)
