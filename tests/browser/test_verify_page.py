"""verify.html in real Chromium: saved to disk and opened without network, or served, it answers as `takan verify`."""

import asyncio
import base64
import os
import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from playwright.async_api import CDPSession, Page, expect

from evidence_store import write_bag
from evidence_store.ledger.notes import VerifierKey
from evidence_store.verify import bag_name, verify
from tests.authority import Authority
from tests.browser.conftest import Browsers
from tests.evidence_store.verify.maker import NODE, ORIGIN, SURVEY, Survey, conducted, signer, write
from tests.evidence_store.verify.mutations import Victim
from tests.evidence_store.verify.test_tampering import mutations
from tests.evidence_store.verify.test_timestamped import stamped
from tests.nodes import ROOT, ServedNode
from tests.servers import require

BUILT = ROOT / "web_client" / "dist" / "verify.html"
MUTATED = 30
FILM_MB = 300

pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")


@pytest.fixture(scope="module")
def victim() -> Victim:
    return Victim(conducted())


@pytest.fixture
def bundle(victim: Victim, tmp_path: Path) -> Path:
    path = tmp_path / "out.zip"
    path.write_bytes(victim.zip)
    return path


@pytest.fixture
async def saved(browsers: Browsers, tmp_path: Path) -> Page:
    """The page as somebody saved it, in a browser without network."""
    if not BUILT.exists():
        pytest.skip("the web client is not built: run `make setup`")
    copy = tmp_path / "elsewhere" / "saved.html"
    copy.parent.mkdir()
    shutil.copy(BUILT, copy)
    return await opened(browsers, copy.as_uri(), offline=True)


async def opened(browsers: Browsers, address: str, **context: Any) -> Page:
    """The page, which may ask nobody for anything."""
    page = await browsers.page(**context)
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    await page.goto(address)
    await expect(page.get_by_test_id("verify")).to_be_disabled()
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert faults == []
    return page


async def answer(page: Page, bundle: Path, *keys: VerifierKey) -> str:
    """What the page answers to this bundle and these keys."""
    await page.get_by_test_id("bundle").set_input_files(bundle)
    await page.get_by_test_id("keys").fill("\n".join(map(str, keys)))
    await page.get_by_test_id("verify").click()
    found = page.get_by_test_id("answer")
    await found.wait_for(timeout=120_000)
    return await found.get_attribute("data-result") or ""


async def problems(page: Page) -> list[tuple[str, str]]:
    """The problems it lists, as (file, what is wrong)."""
    lines = await page.get_by_test_id("problems").locator("li").all()
    return [
        (await line.get_attribute("data-file") or "", await line.locator("span").text_content() or "") for line in lines
    ]


async def test_an_untouched_bundle(saved: Page, bundle: Path, victim: Victim) -> None:
    assert await answer(saved, bundle, NODE.verifier) == "verified"
    said = await saved.get_by_test_id("answer").inner_text()
    for fact in (
        ORIGIN,
        SURVEY,
        f"{len(victim.survey.log.leaves)} entries",
        "琼海-2026-0042",
        "某培训中心",
        "2: case",
        "to be rectified",
        "李审查",
        "缺灭火器",
        "2 videos · 1 to be reviewed",
        "did not agree to the notice",
    ):
        assert fact in said  # fmt: skip
    assert await answer(saved, bundle) == "consistent, signer unchecked"
    assert "Anybody could have made up" in await saved.get_by_test_id("answer").inner_text()

    other = signer("takan.example/node2", 3).verifier
    assert await answer(saved, bundle, other) == "refused"
    refusal = f"is signed by {ORIGIN}+{NODE.verifier.id.hex()}, which is not one of the given keys"
    assert await problems(saved) == [("data/ledger/checkpoint", refusal)]
    assert "琼海-2026-0042" not in await saved.get_by_test_id("answer").inner_text()
    assert await answer(saved, bundle, other, NODE.verifier) == "verified"


async def test_what_is_no_key_is_said_at_once(saved: Page, bundle: Path) -> None:
    await saved.get_by_test_id("bundle").set_input_files(bundle)
    for wrong in ("node1", f"{NODE.verifier}x", str(NODE.verifier).upper()):
        await saved.get_by_test_id("keys").fill(wrong)
        await expect(saved.locator(".v-bad")).to_have_count(1)
        await expect(saved.get_by_test_id("verify")).to_be_disabled()
    await saved.get_by_test_id("keys").fill("")
    keys = bundle.with_name("keys.txt")
    keys.write_bytes(f"{NODE.verifier}\r\n\r\n".encode())
    await saved.get_by_test_id("keys-file").set_input_files(keys)
    await expect(saved.locator(".v-good")).to_have_count(1)
    await saved.get_by_test_id("verify").click()
    await expect(saved.get_by_test_id("answer")).to_have_attribute("data-result", "verified")


async def test_a_file_is_dropped_on_the_page(saved: Page, victim: Victim) -> None:
    transfer = await saved.evaluate_handle(
        """([bundle, key]) => {
          const dropped = new DataTransfer();
          const bytes = Uint8Array.from(atob(bundle), (char) => char.charCodeAt(0));
          dropped.items.add(new File([bytes], "out.zip"));
          dropped.items.add(new File([key], "node.vkey"));
          return dropped;
        }""",
        [base64.b64encode(victim.zip).decode(), f"{NODE.verifier}\n"],
    )
    await saved.dispatch_event("main", "drop", {"dataTransfer": transfer})
    await expect(saved.locator(".v-good")).to_have_count(1)
    await saved.get_by_test_id("verify").click()
    await expect(saved.get_by_test_id("answer")).to_have_attribute("data-result", "verified")


async def test_mutations_are_refused_as_the_verifier_refuses_them(saved: Page, victim: Victim, tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    honest = {name.partition("/")[2] for name, _ in victim.members}
    accepted: list[str] = []
    unnamed: list[str] = []
    otherwise: list[str] = []
    for label, made in random.Random(5).sample(list(mutations(victim, 1, seed=3)), MUTATED):
        path.write_bytes(made.data)
        if await answer(saved, path, NODE.verifier) != "refused":
            accepted.append(label)
            continue
        found = await problems(saved)
        if not found or not all(file for file, _ in found) or not any(made.named in " ".join(each) for each in found):
            unnamed.append(f"{label}: {made.named} is not in {found[:3]}")
        by_the_command = [each.file for each in verify(path, [NODE.verifier]).problems]
        if [file for file, _ in found if file in honest] != [file for file in by_the_command if file in honest]:
            otherwise.append(label)
    assert accepted == []
    assert unnamed == []
    assert otherwise == []


async def test_timestamps(saved: Page, victim: Victim, tmp_path: Path) -> None:
    require("openssl", "openssl")
    survey: Survey = victim.survey
    for kind, authority in (
        ("ec", Authority(tmp_path / "ec", intermediate=True)),
        ("rsa", Authority(tmp_path / "rsa", rsa=True, talkative=True)),
    ):
        files = stamped(survey, authority)
        assert await answer(saved, write(tmp_path / f"{kind}.zip", files, survey.info), NODE.verifier) == "verified"
        said = await saved.get_by_test_id("answer").inner_text()
        assert "CN=Test Timestamps" in said
        digest = authority.root.fingerprint(SHA256())
        assert ":".join(f"{byte:02X}" for byte in digest) in said
        token = bytearray(files["ledger/timestamp.tsr"])
        token[-9] ^= 4  # in the signature
        bent = write(tmp_path / "bent.zip", files | {"ledger/timestamp.tsr": bytes(token)}, survey.info)
        assert await answer(saved, bent, NODE.verifier) == "refused"
        assert [file for file, _ in await problems(saved)] == ["data/ledger/timestamp.tsr"]


async def test_the_node_serves_it_under_a_policy_of_its_own(browsers: Browsers, node: ServedNode, bundle: Path) -> None:
    page = await opened(browsers, f"{node.url}/verify.html", locale="zh-CN")
    assert await answer(page, bundle, NODE.verifier) == "verified"
    await expect(page.get_by_role("heading", name="核验通过")).to_be_visible()
    await page.get_by_test_id("lang").click()
    await expect(page.get_by_role("heading", name="Verified")).to_be_visible()
    assert await reaches_out(page, node.url) == ["refused", "refused", "refused"]


async def test_the_saved_page_can_reach_nobody(browsers: Browsers, node: ServedNode, saved: Page) -> None:
    """Its own policy stops it, not the missing network."""
    page = await opened(browsers, saved.url)
    assert await reaches_out(page, node.url) == ["refused", "refused", "refused"]


async def reaches_out(page: Page, url: str) -> list[str]:
    """What becomes of a request, of a picture and of a script from elsewhere, tried by the page itself."""
    script = next((BUILT.parent / "assets").glob("*.js")).relative_to(BUILT.parent).as_posix()
    return await page.evaluate(
        """async ([url, script]) => {
          const loads = (tag) => new Promise((done) => {
            const element = document.createElement(tag);
            element.onload = () => done("loaded");
            element.onerror = () => done("refused");
            element.src = `${url}/${tag === "img" ? "favicon.svg" : script}`;
            document.body.append(element);
          });
          const asked = fetch(`${url}/api/health`, { mode: "no-cors" }).then(() => "loaded", () => "refused");
          return [await asked, await loads("img"), await loads("script")];
        }""",
        [url, script],
    )


@pytest.mark.long
async def test_a_large_bundle_is_streamed(saved: Page, tmp_path: Path) -> None:
    """With film in it that nobody entered, which is all that is wrong; the page's process never holds much of it."""
    survey = conducted()
    path, film = tmp_path / "large.zip", tmp_path / "film"
    with film.open("wb") as file:
        for _ in range(FILM_MB // 3):
            file.write(random.randbytes(1 << 20))
    part = film.read_bytes()[: 2 << 20]
    films = [("media/p9/film.mp4", film), *((f"media/p9/{number:03}.m4s", part) for number in range(FILM_MB // 3))]
    files: list[tuple[str, bytes | Path]] = [*(survey.objects | survey.log.files()).items(), *films]
    write_bag(path, sorted(files, key=lambda each: each[0].encode()), survey.info, name=bag_name(SURVEY))
    assert saved.context.browser is not None
    session = await saved.context.browser.new_browser_cdp_session()
    before = peak = await renderer_mb(session)
    await saved.get_by_test_id("bundle").set_input_files(path)
    await saved.get_by_test_id("keys").fill(str(NODE.verifier))
    await saved.get_by_test_id("verify").click()
    began = time.monotonic()
    shares: list[int] = []
    while not await saved.get_by_test_id("answer").count():
        peak = max(peak, await renderer_mb(session))
        share = await saved.evaluate("document.querySelector('[role=progressbar]')?.ariaValueNow ?? null")
        shares += [] if share is None else [int(share)]
        await asyncio.sleep(0.1)
    print(f"{FILM_MB / (time.monotonic() - began):.0f} MB/s, {before:.0f} MB before, {peak:.0f} MB at most")
    found = await problems(saved)
    assert {file for file, _ in found} == {f"data/{name}" for name, _ in films}
    assert {problem for _, problem in found} == {"has no entry in the ledger"}
    assert peak - before < FILM_MB / 2
    assert shares == sorted(shares)
    assert len(set(shares)) > 5


async def renderer_mb(session: CDPSession) -> float:
    """Resident memory of the browser's page processes."""
    found = await session.send("SystemInfo.getProcessInfo")
    pids = [each["id"] for each in found["processInfo"] if each["type"] == "renderer"]
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
