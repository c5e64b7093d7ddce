"""Codes: published vectors of the standards, every single slip found, nothing personal shown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_gate.subject import (
    CREDIT_CODE_CHARACTERS,
    PERSON_CHECK_CHARACTERS,
    BadCode,
    Enterprise,
    Person,
    credit_code_check,
    parse,
    person_check,
)

# GB 32100-2015's worked example; PetroChina's and Tencent's codes as they publish them.
CREDIT_CODES = ["91350100M000100Y43", "91110000710925462X", "9144030071526726XG"]
# The two worked examples of GB 11643-1999.
PERSON_NUMBERS = ["11010519491231002X", "440524188001010014"]


@pytest.mark.parametrize("code", CREDIT_CODES)
def test_published_credit_codes_are_enterprises(code: str) -> None:
    assert parse(code) == Enterprise(code)


@pytest.mark.parametrize("number", PERSON_NUMBERS)
def test_the_standards_identity_numbers_are_persons(number: str) -> None:
    assert parse(number) == Person(number)


def test_the_standards_wrong_example_is_refused() -> None:
    """GB 32100-2015 ends its example with Z, which is not even a character of the set."""
    with pytest.raises(BadCode) as caught:
        parse("91350100M000100Y4Z")
    assert caught.value.code == "strange_character"


def test_blanks_small_letters_and_full_width_are_put_right() -> None:
    assert parse(" 9135 0100 m000100y43\n") == Enterprise("91350100M000100Y43")
    assert parse("９１３５０１００Ｍ０００１００Ｙ４３") == Enterprise("91350100M000100Y43")
    assert parse("11010519491231002x") == Person("11010519491231002X")


credit_bodies = st.tuples(
    st.text(CREDIT_CODE_CHARACTERS, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(CREDIT_CODE_CHARACTERS, min_size=9, max_size=9),
).map("".join)


@given(body=credit_bodies, place=st.integers(0, 17), other=st.sampled_from(CREDIT_CODE_CHARACTERS))
def test_any_single_wrong_character_of_a_credit_code_is_found(body: str, place: int, other: str) -> None:
    code = body + credit_code_check(body)
    Enterprise(code)
    wrong = code[:place] + other + code[place + 1 :]
    if wrong != code:
        with pytest.raises(BadCode):
            Enterprise(wrong)


@given(body=credit_bodies, place=st.integers(0, 16))
def test_any_swap_of_neighbours_in_a_credit_code_is_found(body: str, place: int) -> None:
    code = body + credit_code_check(body)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if wrong != code:
        with pytest.raises(BadCode):
            Enterprise(wrong)


person_bodies = st.tuples(
    st.sampled_from(["110105", "460108", "810000", "911124"]),
    st.dates().filter(lambda day: day.year >= 1850).map(lambda day: day.strftime("%Y%m%d")),
    st.text("0123456789", min_size=3, max_size=3),
).map("".join)


@given(body=person_bodies, place=st.integers(0, 17), other=st.sampled_from(PERSON_CHECK_CHARACTERS))
def test_any_single_wrong_digit_of_an_identity_number_is_found(body: str, place: int, other: str) -> None:
    number = body + person_check(body)
    Person(number)
    wrong = number[:place] + other + number[place + 1 :]
    if wrong != number:
        with pytest.raises(BadCode):
            Person(wrong)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("", "bad_length"),
        ("9135", "bad_length"),
        ("91350100M000100Y44", "check_digit"),
        ("9I350100M000100Y43", "strange_character"),
        ("9135X100M000100Y43", "bad_region"),
        ("110105194912310021", "check_digit"),
        ("11010519491331003X", "check_digit"),
        ("00010519491231002X", "bad_region"),
    ],
)
def test_a_wrong_code_says_what_to_do_in_both_languages_and_never_repeats_itself(code: str, fault: str) -> None:
    with pytest.raises(BadCode) as caught:
        parse(code)
    assert caught.value.code == fault
    assert re.search(r"请", caught.value.zh)
    assert re.search(r"\b(check|compare|give|enter)\b", caught.value.en)
    if code:
        assert code not in caught.value.zh + caught.value.en + str(caught.value) + repr(caught.value)


def test_an_impossible_birthday_is_named_where_a_person_is_meant() -> None:
    body = "11010519491331002"
    with pytest.raises(BadCode) as caught:
        Person(body + person_check(body))
    assert caught.value.code == "bad_date"


def test_codes_are_not_shown_and_references_need_their_key() -> None:
    person, enterprise = Person(PERSON_NUMBERS[0]), Enterprise(CREDIT_CODES[0])
    assert PERSON_NUMBERS[0] not in repr(person)
    assert CREDIT_CODES[0] not in repr(enterprise)
    assert re.fullmatch("[0-9a-f]{64}", person.ref(b"one key"))
    assert person.ref(b"one key") == Person(PERSON_NUMBERS[0]).ref(b"one key")
    assert len({person.ref(b"one key"), person.ref(b"other key"), enterprise.ref(b"one key")}) == 3
    with pytest.raises(ValueError, match="key"):
        person.ref(b"")
