"""The lot: made again by other code, even, and out of everybody's hands."""

import hashlib
import itertools
import json
from collections import Counter

import msgspec
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_server.flows.draw_page import DrawPage, LotDoubtful
from survey_server.survey.draw import draw_seed, drawn_order, page_says, page_signed
from survey_server.survey.draw_check import check_draws
from survey_server.survey.draw_events import Candidate
from survey_server.wire.draws import NumberWanted, RevealWanted
from tests.nodes import ROOT
from tests.survey.drawing import a_drawing

NUMBERS = st.binary(min_size=32, max_size=32)
IDS = st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=40, unique=True)


def drawn_by_hand(commitment: bytes, checkpoint: str, page: bytes, office: bytes, names: list[str]) -> list[str]:
    """The rule read from its text alone: somebody else's HKDF, one big stream, names taken out of a shrinking list."""
    seed = HKDF(SHA256(), 32, hashlib.sha256(commitment).digest(), b"takan-draw-1\n" + checkpoint.encode()).derive(
        page + office
    )
    stream = b"".join(hashlib.sha256(seed + number.to_bytes(8, "big")).digest() for number in range(4 * len(names)))
    left, order, at = list(names), [], 0
    while len(left) > 1:
        value = int(stream[8 * at : 8 * at + 8].hex(), 16)
        at += 1
        if value - value % len(left) + len(left) > 2**64:
            continue
        chosen = value % len(left)
        order.append(left[chosen])
        left[chosen], left[0] = left[0], left[chosen]
        left.pop(0)
    return order + left


@given(st.binary(max_size=200), st.text(max_size=80), NUMBERS, NUMBERS, IDS)
@settings(max_examples=60, deadline=None)
def test_other_code_draws_the_same(
    commitment: bytes, checkpoint: str, page: bytes, office: bytes, names: list[str]
) -> None:
    order = drawn_order(draw_seed(commitment, checkpoint, page, office), names)
    assert sorted(order) == sorted(names)
    assert order == drawn_by_hand(commitment, checkpoint, page, office, names)


def test_each_thing_that_goes_in_changes_the_seed() -> None:
    asked = list(itertools.product((b"a", b"b"), ("n", "m"), (bytes(32), b"1" * 32), (bytes(32), b"2" * 32)))
    assert len({draw_seed(*one) for one in asked}) == len(asked)
    assert draw_seed(b"c", "n", b"1" * 32, b"2" * 32) != draw_seed(b"c", "n", b"2" * 32, b"1" * 32)
    for short in (b"", b"1" * 31, b"1" * 33):
        with pytest.raises(ValueError, match="32 bytes"):
            draw_seed(b"c", "n", short, bytes(32))


def test_every_order_is_as_likely() -> None:
    """Chi-square over all 24 orders of four, 23 degrees of freedom: 49.7 is passed once in a thousand; the seeds are
    fixed, so this says the same every time.
    """
    rounds = 24_000
    seen = Counter(tuple(drawn_order(hashlib.sha256(number.to_bytes(4)).digest(), "abcd")) for number in range(rounds))
    expected = rounds / 24
    assert len(seen) == 24
    assert sum((count - expected) ** 2 / expected for count in seen.values()) < 49.7


def test_everybody_is_seated_as_often() -> None:
    """Who sits on three seats of eleven, 10 degrees of freedom: 29.6 once in a thousand."""
    names, rounds = [f"E{number:02}" for number in range(11)], 11_000
    seated = Counter(
        name
        for number in range(rounds)
        for name in drawn_order(hashlib.sha256(b"seat" + number.to_bytes(4)).digest(), names)[:3]
    )
    expected = 3 * rounds / 11
    assert sum((seated[name] - expected) ** 2 / expected for name in names) < 29.6


def test_words_beyond_the_last_whole_multiple_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """With words of one byte and a bound of 200, a remainder would draw the first 56 twice as often."""
    monkeypatch.setattr("survey_server.survey.draw._WORD_BYTES", 1)
    names = list(range(200))
    first = Counter(drawn_order(hashlib.sha256(number.to_bytes(4)).digest(), names)[0] < 56 for number in range(3000))
    assert abs(first[True] / 3000 - 56 / 200) < 0.03


def test_a_signature_counts_for_what_was_signed_only() -> None:
    drawing = a_drawing()
    result, key = drawing.says("result"), drawing.says("commitment")["applicant"]["key"]
    signature = result["applicant"]["signature"]
    for bad_key, bad_signature in ((key, signature[:-2]), (key, "zz"), (key[:-2], signature), ("00", signature)):
        assert not page_signed(bad_key, bad_signature, b"x")


@pytest.mark.parametrize(("size", "seats", "before"), [(2, 1, 0), (3, 3, 1), (7, 2, 5), (60, 5, 200)])
def test_a_draw_is_made_again_from_its_documents(size: int, seats: int, before: int) -> None:
    panel = [Candidate(f"E{number:03}", f"专家{number}", "海大") for number in range(size)]
    drawing = a_drawing(panel, seats, before)
    made, problems = check_draws(drawing.material)
    assert problems == []
    result, commitment = drawing.says("result"), drawing.documents[drawing.path("commitment")]
    by_hand = drawn_by_hand(
        commitment,
        result["checkpoint"].partition("\n\n")[0] + "\n",
        bytes.fromhex(result["applicant"]["number"]),
        bytes.fromhex(result["office"]["number"]),
        [one.id for one in panel],
    )
    assert list(made[0].order) == by_hand == result["order"]
    assert list(made[0].seated) == by_hand[:seats] == result["drawn"]


def test_the_page_in_the_browser_signs_what_this_checks() -> None:
    """`web_client/tests/lot.test.ts` holds the client to the same file."""
    golden = json.loads((ROOT / "web_client" / "tests" / "lot.json").read_text())
    wanted = msgspec.convert({name: one for name, one in golden["wanted"].items() if name != "type"}, RevealWanted)
    body = wanted.note.partition("\n\n")[0] + "\n"
    assert page_says(golden["survey"], wanted.draw, wanted.commitment, body) == golden["said"].encode()
    page = DrawPage(golden["survey"])
    committed = page.commit(NumberWanted(wanted.draw, wanted.role))
    assert page_signed(committed.key, page.reveal(wanted).signature, golden["said"].encode())


def test_a_page_that_has_revealed_takes_part_in_no_other_draw_for_the_same_seats() -> None:
    page = a_drawing().page
    with pytest.raises(LotDoubtful):
        page.commit(NumberWanted(2, "expert"))
    assert page.commit(NumberWanted(2, "reviewer")).draw == 2
