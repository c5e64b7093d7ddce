"""Who applies: an enterprise by its unified social credit code, or a person by their identity number.

The check digits follow GB 32100-2015 (modulus 31, the weights being powers of 3) and GB 11643-1999 (ISO 7064
MOD 11-2). Both find every single wrong character and every swap of two neighbours.
"""

import hmac
import unicodedata
from calendar import monthrange
from dataclasses import dataclass, field
from hashlib import sha256

LENGTH = 18
CREDIT_CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100-2015; a character's value is its place. I, O, S, V and Z are left out."""
REGION = slice(2, 8)
"""Where a credit code names the registering authority's division (GB/T 2260): six digits."""
PERSON_CHECK_CHARACTERS = "10X98765432"
PROVINCES = frozenset(
    f"{first}{last}"
    for first, lasts in {
        1: "12345",
        2: "123",
        3: "1234567",
        4: "123456",
        5: "01234",
        6: "12345",
        7: "1",
        8: "123",
    }.items()
    for last in lasts
)
"""Province codes of GB/T 2260, with 81 to 83 of the residence permits for Hong Kong, Macao and Taiwan residents.

Permanent residence cards of foreigners (since 2023) begin with 9 and are taken whatever follows.
"""


class BadCode(ValueError):
    """A code that cannot be anybody's: `zh` and `en` say what is wrong and what to do. Never repeats the code."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        """Keep the sentence in both languages; `code` names the fault for programs."""
        super().__init__(en)
        self.code = code
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An enterprise or other organisation, by its unified social credit code (18 characters, upper case)."""

    code: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raise `BadCode` unless the code satisfies GB 32100-2015."""
        _require_length(self.code)
        strange = sorted(set(self.code) - set(CREDIT_CODE_CHARACTERS))
        if strange:
            raise BadCode(
                "strange_character",
                "统一社会信用代码只含数字和大写字母，且不含 I、O、S、V、Z；"
                "请检查是否把数字 0、1、2、5 误写成字母 O、I、Z、S。",
                "A unified social credit code has digits and capital letters without I, O, S, V, Z; "
                "check whether a digit 0, 1, 2 or 5 was written as the letter O, I, Z or S.",
            )
        if not self.code[REGION].isdigit():
            raise BadCode(
                "bad_region",
                "统一社会信用代码第 3 至 8 位应为数字（登记机关行政区划码）；请对照营业执照逐位核对。",
                "Characters 3 to 8 of a unified social credit code are digits (the registering authority's region); "
                "compare it with the business licence character by character.",
            )
        if credit_code_check(self.code[:-1]) != self.code[-1]:
            raise BadCode(
                "check_digit",
                "统一社会信用代码的校验位不符，至少有一位写错；请对照营业执照逐位核对。",
                "The unified social credit code's check character does not fit, so at least one character is wrong; "
                "compare it with the business licence character by character.",
            )

    def ref(self, key: bytes) -> str:
        """Keyed reference (HMAC-SHA-256, hex) to keep in place of the code."""
        return _ref(key, b"enterprise", self.code)


@dataclass(frozen=True, slots=True)
class Person:
    """A natural person, by identity number. The number is never shown, not even by `repr`: keep `ref(key)`."""

    number: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raise `BadCode` unless the number satisfies GB 11643-1999."""
        _require_length(self.number)
        body, check = self.number[:-1], self.number[-1]
        if not (body.isascii() and body.isdigit() and check in PERSON_CHECK_CHARACTERS):
            raise BadCode(
                "strange_character",
                "公民身份号码由 17 位数字和 1 位校验码（数字或 X）组成；请对照身份证重新填写。",
                "An identity number is 17 digits and a check character (a digit or X); "
                "enter it again from the identity card.",
            )
        if body[:2] not in PROVINCES and body[0] != "9":
            raise BadCode(
                "bad_region",
                "公民身份号码开头的地区码不存在；请对照身份证核对前 6 位。",
                "The identity number begins with a region that does not exist; check its first 6 digits on the card.",
            )
        if not _is_date(body[6:14]):
            raise BadCode(
                "bad_date",
                "公民身份号码第 7 至 14 位不是有效的出生日期；请对照身份证核对。",
                "Digits 7 to 14 of the identity number are not a date of birth; check them on the card.",
            )
        if person_check(body) != check:
            raise BadCode(
                "check_digit",
                "公民身份号码的校验位不符，至少有一位写错；请对照身份证逐位核对。",
                "The identity number's check character does not fit, so at least one digit is wrong; "
                "compare it with the card digit by digit.",
            )

    def ref(self, key: bytes) -> str:
        """Keyed reference (HMAC-SHA-256, hex) to keep in place of the number."""
        return _ref(key, b"person", self.number)


Subject = Enterprise | Person


def parse(code: str) -> Subject:
    """The subject a code names; blanks, full-width and lower-case characters are put right first.

    Raises `BadCode`. A code that would do as either (all digits, a date in the middle, both check digits right) is
    taken for a person's: the reading that protects more.
    """
    tidy = "".join(unicodedata.normalize("NFKC", code).split()).upper()
    _require_length(tidy)
    looks_personal = tidy[:-1].isascii() and tidy[:-1].isdigit() and tidy[-1] in PERSON_CHECK_CHARACTERS
    if not looks_personal:
        return Enterprise(tidy)
    try:
        return Person(tidy)
    except BadCode as as_person:
        try:
            return Enterprise(tidy)
        except BadCode as as_enterprise:
            raise (as_person if _is_date(tidy[6:14]) else as_enterprise) from None


def credit_code_check(body: str) -> str:
    """The 18th character for the first 17 of a unified social credit code (GB 32100-2015, clause 4 and annex)."""
    total = sum(CREDIT_CODE_CHARACTERS.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return CREDIT_CODE_CHARACTERS[-total % 31]


def person_check(body: str) -> str:
    """The 18th character for the first 17 digits of an identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(c) * pow(2, LENGTH - 1 - place, 11) for place, c in enumerate(body))
    return PERSON_CHECK_CHARACTERS[total % 11]


def _is_date(eight: str) -> bool:
    """Is this YYYYMMDD a day of the calendar from 1850 on?"""
    year, month, day = int(eight[:4]), int(eight[4:6]), int(eight[6:])
    return year >= 1850 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _require_length(code: str) -> None:
    if len(code) != LENGTH:
        raise BadCode(
            "bad_length",
            f"代码应为 18 位，收到 {len(code)} 位；请填写营业执照上的统一社会信用代码，或 18 位公民身份号码。",
            f"A code has 18 characters, this one {len(code)}; give the unified social credit code of the business "
            "licence, or the 18-character identity number.",
        )


def _ref(key: bytes, kind: bytes, code: str) -> str:
    if not key:
        msg = "a reference needs a key: without one identity numbers could be found by trying them all"
        raise ValueError(msg)
    return hmac.new(key, kind + b"\0" + code.encode(), sha256).hexdigest()
