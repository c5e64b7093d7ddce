"""Every combination of place, datum, time, zone, edits and redaction is judged as the table says."""

import pytest

from survey_server import photo

from .combinations import combinations, context_of, expected, photo_of


def wrongly_judged(every_base: bool) -> tuple[int, list[str]]:
    wrong: list[str] = []
    made = combinations(every_base=every_base)
    for one in made:
        report = photo.check(photo_of(one), context_of(one), recognisable=False)
        told = {finding.id: finding.result for finding in report.findings} | {"result": report.result}
        differing = {name: (told[name], value) for name, value in expected(one).items() if told[name] != value}
        if differing:
            wrong.append(f"{one}: {differing}")
    return len(made), wrong


def test_every_combination_is_judged_as_the_table_says():
    count, wrong = wrongly_judged(every_base=False)
    assert count == 5120 and not wrong, "\n".join(wrong[:10])


@pytest.mark.long
def test_every_combination_in_every_kind_of_file():
    count, wrong = wrongly_judged(every_base=True)
    print(f"{count} photos, {len(wrong)} judged otherwise")
    assert count == 20480 and not wrong, "\n".join(wrong[:10])
