"""Records that contradict themselves though the node signed them: faults only the node itself could make."""

import hashlib
import json
import random
from collections.abc import Callable
from typing import Any

import rfc8785

from tests.evidence_store.verify.maker import NODE, PREFIX, SURVEY, Log, Survey, in_order, members, zipped


def signed_by_the_node(make: Callable[[Survey], None]) -> bytes:
    """The zip of a record that is made like this."""
    survey = Survey(Log(NODE), random.Random(5))
    make(survey)
    return zipped(members(in_order(survey.objects | survey.log.files()), survey.info))


def contradictions() -> list[tuple[str, Callable[[Survey], None], str]]:
    """What goes wrong, how it is made, and what the verifier must say."""

    def begin(survey: Survey) -> None:
        survey.keep("segment", "media/p1/1/init", ".mp4", b"init")
        survey.event("access")

    def twice_first(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        survey.seal("recording")

    def case_first(survey: Survey) -> None:
        begin(survey)
        survey.seal("case")

    def another_number(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        survey.seals.append(survey.seals[-1])
        survey.seal("case")

    def edited(**words: Any) -> Callable[[Survey], None]:
        def make(survey: Survey) -> None:
            begin(survey)
            survey.seal("recording")
            manifest_ = json.loads(survey.seals[-1][2]) | {"number": 2, "kind": "case", **words}
            survey.seal_as(manifest_, 2, "case")

        return make

    def unnamed(survey: Survey) -> None:
        begin(survey)
        survey.listed.append({"key": f"{PREFIX}/media/p9/x.m4s", "version_id": "1", "sha256": "0" * 64, "size": 1})
        survey.seal("recording")

    def other_version(survey: Survey) -> None:
        begin(survey)
        survey.listed[0]["version_id"] = "another"
        survey.seal("recording")

    def wrong_type(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        survey.keep("seal", "photos/9", ".jpg", b"picture")

    def entered_twice(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        survey.keep("segment", "media/p1/1/init", ".mp4", b"init")

    def hole(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        chain = survey.log.chains[SURVEY]
        leaf = json.loads(survey.log.leaves[chain[-1]])
        chain.append(survey.log.append(rfc8785.dumps(leaf | {"seq": leaf["seq"] + 2, "type": "access"})))

    def no_sm3(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        about = {"sha256": hashlib.sha256(b"x").hexdigest(), "size": 1, "key": f"{PREFIX}/x", "version_id": "1"}
        survey.objects["x"] = b"x"
        survey.log.enter(SURVEY, "segment", 60, **about)

    return [
        ("two recording seals", twice_first, "breaks the order of seals"),
        ("a case seal first", case_first, "breaks the order of seals"),
        ("a number left out", another_number, "where seal 2 should come"),
        ("no seal before", edited(), "as the seal before it"),
        ("another survey", edited(survey="another"), "says survey 'another'"),
        ("no objects", edited(objects=None), "has no list of objects"),
        ("an object twice", edited(objects=[{"key": "a"}]), "lists something that is no object"),
        ("a decision that is not there", edited(decision={"key": f"{PREFIX}/x", "sha256": "0"}), "speaks of"),
        ("a missing object", unnamed, "media/p9/x.m4s is missing"),
        ("another version", other_version, "has another version_id"),
        ("a picture entered as a seal", wrong_type, "is of type seal"),
        ("an object entered twice", entered_twice, "and so is"),
        ("a hole in the chain", hole, "where entry"),
        ("an entry without SM3", no_sm3, "does not state all of"),
    ]
