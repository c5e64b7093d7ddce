"""The record is a real PDF/A that anybody can read, search and compare; nothing in it was ever taken for code."""

import asyncio
import io
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from survey_server.report.content import record
from survey_server.report.document import LANGUAGES, Code, Document, Facts, Section, in_language
from survey_server.report.typesetting import NotTypeset
from survey_server.report.worker import Limits, Typesetter
from survey_server.wire.basics import Language, Text
from tests.report.sample import HOSTILE, NOTE, digest, pictures, sources
from tests.servers import require

AT = datetime(2026, 11, 22, 2, 3, 4, tzinfo=UTC)
JARS = Path(os.environ.get("TAKAN_VERAPDF", Path.home() / ".cache/takan/verapdf"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[Language, bytes]:
    """The sample's record in both languages."""
    of, folder = sources(), tmp_path_factory.mktemp("report")
    document, shown, setter = record(of), pictures(of), Typesetter(folder)

    async def both() -> dict[Language, bytes]:
        return {
            language: await setter.typeset(in_language(document, language), shown, of.entries[-1].at)
            for language in LANGUAGES
        }

    made = asyncio.run(both())
    assert list(folder.iterdir()) == [], "no picture is left behind"
    return made


def text_of(pdf: bytes) -> str:
    """Everything in its order, without what only lays it out."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return "".join("".join(page.extract_text().replace("\u200b", "").split()) for page in pages)


async def test_it_is_valid_pdf_a_2a_and_pdf_ua_1(made: dict[Language, bytes], tmp_path: Path) -> None:
    java = require("java")
    if not JARS.is_dir():
        require("verapdf")
    hostile = await Typesetter(tmp_path).typeset(in_language(document(*EVIL), "zh"), {}, AT)
    files = [tmp_path / f"{name}.pdf" for name in (*made, "hostile")]
    for file, pdf in zip(files, (*made.values(), hostile), strict=True):
        file.write_bytes(pdf)
    program = Path(__file__).parent / "verapdf/Validate.java"
    quick = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    done = subprocess.run(
        [java, *quick, "-cp", f"{JARS}/*", program, *files], capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" valid") == 6


def embedded(font: Any) -> bool:
    inner = font["/DescendantFonts"][0] if "/DescendantFonts" in font else font
    return any(f"/FontFile{n}" in inner["/FontDescriptor"] for n in ("", 2, 3))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_holds_all_that_it_needs_to_be_read_later(made: dict[Language, bytes], language: Language) -> None:
    reader = PdfReader(io.BytesIO(made[language]))
    root = reader.trailer["/Root"]
    assert "/Encrypt" not in reader.trailer
    assert reader.trailer["/ID"]
    metadata = root["/Metadata"].get_data().decode()
    for said in ("<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>", "pdfuaid:part"):
        assert said in metadata
    intent = root["/OutputIntents"][0]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_data()[36:40] == b"acsp", "an ICC profile"
    assert root["/Lang"].startswith(language)
    assert root["/MarkInfo"]["/Marked"]
    assert not {"/OpenAction", "/AA", "/AcroForm"} & root.keys()
    raw = made[language]
    assert all(word not in raw for word in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/URI"))
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"].get("/Font", {}).values()]
    assert fonts
    assert all(embedded(font) and "/ToUnicode" in font for font in fonts)


def test_the_words_are_there_exactly_in_both_languages(made: dict[Language, bytes]) -> None:
    zh, en = text_of(made["zh"]), text_of(made["en"])
    for said in (
        "琼海海味餐饮有限公司", NOTE, "海南省琼海市嘉积镇银海路12号", "信用等级为橙，该事项允许远程踏勘。",
        "摄像头被来电或其他程序占用", "拍摄位置距登记地点 320 米。", "网络丢包", "97.84%",
        "市场监督管理局", "材料与现场一致。", "整改后一致。第二段说明。", "消防救援大队", "厨房走一圈.mp4",
        "QH-2026-11-0042", "takanverify", digest("seal"), digest("policy"), digest("v1"),
    ):  # fmt: skip
        assert "".join(said.split()) in zh, said
    for said in ("琼海海味餐饮有限公司", "Tier orange: this item allows it.", "packets lost", "Conclusion: passed"):
        assert "".join(said.split()) in en, said
    assert "工作人员会核对" not in zh, "advice is for who took the photo"
    assert all(digest(f"{n + 1:03}-{digest(str(n))[:8]}") in zh for n in range(30)), "every original's digest, whole"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_has_its_number_and_the_cases(made: dict[Language, bytes], language: Language) -> None:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made[language])).pages]
    for number, page in enumerate(pages, 1):
        counted = f"第 {number} 页，共 {len(pages)} 页" if language == "zh" else f"Page {number} of {len(pages)}"
        assert "".join(counted.split()) in "".join(page.split())
        assert page.count("QH-2026-11-0042") >= 2


def test_what_people_wrote_is_text_and_nothing_of_it_is_lost(made: dict[Language, bytes]) -> None:
    shown = HOSTILE
    for character in "\u202e😀\x00\ue000שלום":
        shown = shown.replace(character, f"[U+{ord(character):04X}]")
    for pdf in made.values():
        assert text_of(pdf).count("".join(shown.split())) == 4


def document(*words: str) -> Document:
    rows = [*((Text("词", "word"), word) for word in words), (Text("摘要", "digest"), Code("é" + words[0]))]
    title = words[0]
    sections = [Section(title, [Facts(rows)])]
    return Document(title, words[-1], title, title, "good", sections, Text("第 {0} 页，共 {1} 页", "Page {0} of {1}"))


EVIL = [
    '#read("/etc/passwd")', "$ sum_(x) $", '#eval("1")', "]#[", "\\u{202e}", "{0}{1}{2}", "= x", "/* ", "// a", "```",
    "<doc>", "@a", "~", "--- ... -?", '"', "'", "a\u0301\u0302", "\ufeff", "\ufffe", "\U0010ffff", "한국어 ไทย العربية",
    "👨\u200d👩\u200d👧", "𬱟𬶋", "\r\n\v\f\x1b[31m", "字" * 4000, "W" * 4000, "\u200b" * 300, "-" * 500, " " * 400,
]  # fmt: skip


async def test_no_word_is_code_or_stops_the_press(tmp_path: Path) -> None:
    pdf = await Typesetter(tmp_path).typeset(in_language(document(*EVIL), "en"), {}, AT)
    text = text_of(pdf)
    for word in ('#read("/etc/passwd")', "$sum_(x)$", '#eval("1")', "]#[", "{0}{1}{2}", "<doc>", "字" * 40, "---...-?"):
        assert word in text, word
    assert "root:" not in text


async def test_the_same_input_gives_the_same_bytes_in_another_process(
    made: dict[Language, bytes], tmp_path: Path
) -> None:
    of = sources()
    (tmp_path / "elsewhere").mkdir()
    setter = Typesetter(tmp_path / "elsewhere")
    assert await setter.typeset(in_language(record(of), "zh"), pictures(of), of.entries[-1].at) == made["zh"]


@pytest.mark.parametrize(
    ("limits", "why"), [(Limits(memory_bytes=90 << 20), "limits"), (Limits(wall_s=0.01), "not done after")]
)
async def test_a_process_beyond_its_limits_is_a_refusal_in_words(tmp_path: Path, limits: Limits, why: str) -> None:
    with pytest.raises(NotTypeset, match=why):
        await Typesetter(tmp_path, limits).typeset(in_language(document("字"), "zh"), {}, AT)
    assert list(tmp_path.iterdir()) == []


async def test_a_broken_picture_is_a_refusal_in_words(tmp_path: Path) -> None:
    of = sources()
    broken = dict.fromkeys(pictures(of), b"\xff\xd8\xff no picture")
    with pytest.raises(NotTypeset, match="image"):
        await Typesetter(tmp_path).typeset(in_language(record(of), "zh"), broken, AT)
