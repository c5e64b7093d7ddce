"""A node with a timestamp authority: the exported bundle holds a timestamp that `openssl ts -verify` accepts."""

import shutil
from pathlib import Path

import pytest

from survey_server.settings import BadSettings, load_settings
from tests.authority import Authority, openssl_accepts
from tests.cases.test_rehearsal import PHOTO, rehearse
from tests.flows.bundles import unpack
from tests.flows.clips import clip
from tests.nodes import serving, takan_json


def test_a_bundle_carries_the_timestamp_of_its_checkpoint(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(PHOTO, photos)
    authority = Authority(tmp_path / "tsa", intermediate=True)
    tsa = {"TAKAN_TSA_URL": authority.url, "TAKAN_TSA_CA": str(authority.ca)}
    with authority.serving(), serving(tmp_path / "node", **tsa) as node:
        report = rehearse(node, clip(tmp_path / "clip.mp4"), photos, seconds=3, export=tmp_path / "out.zip")
        assert "Traceback" not in node.log
    ledger = unpack(tmp_path / "out.zip", tmp_path / "bag").folder / "data" / "ledger"
    assert openssl_accepts(ledger / "timestamp.tsr", ledger / "checkpoint", ledger / "tsa-chain.pem")
    assert openssl_accepts(ledger / "timestamp.tsr", ledger / "checkpoint", authority.ca)
    given = ("verify", str(tmp_path / "out.zip"), "--vkey", report["vkeys"][0])
    for more, status, trusted in (((), 0, [False]), (("--tsa-ca", str(authority.ca)), 0, [True])):
        assert (found := takan_json(*given, *more))[0] == status
        assert [stamp["trusted"] for stamp in found[1]["timestamps"]] == trusted
        assert found[1]["timestamps"][0]["authority"] == "CN=Test Timestamps"
    status, refused = takan_json(*given, "--tsa-ca", str(Authority(tmp_path / "another").ca))
    assert status == 1
    assert "no given certificate vouches" in refused["problems"][0]["problem"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"tsa_url": "http://tsa.example/"}, "belong together"),
        ({"tsa_ca": "ca.pem"}, "belong together"),
        ({"tsa_url": "tsa.example/tsa", "tsa_ca": "ca.pem"}, "http:// or https://"),
        ({"tsa_url": "ftp://tsa.example/", "tsa_ca": "ca.pem"}, "http:// or https://"),
    ],
)
def test_wrong_settings_are_named(given: dict[str, str], words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        load_settings(None, {}, embedded=True, intake_key="k" * 20, **given)
