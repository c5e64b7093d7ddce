"""The columns of the items table: one row a checklist point, as a spreadsheet shows it.

What belongs to the item (`Column.of` "item") stands in the item's first row; in its other rows the cell is empty or
says the same. A condition for blue subjects stands in any row of its item, one a row. A point's department stands in
every row. A row with neither point nor condition is refused.
"""

from dataclasses import dataclass
from typing import Any, Literal

from credit_gate.policy import Way
from survey_server.survey.items import Code, ItemKind
from survey_server.wire.basics import Text

Of = Literal["item", "department", "point", "condition"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, whose it is, the same in Chinese, and what a good cell holds. `type` checks a cell; a list's
    words are checked one by one.
    """

    name: str
    of: Of
    zh: str
    expects: Text
    required: bool = False
    type: Any = str

    @property
    def header(self) -> str:
        """The heading: the name a program reads, then the Chinese a person does."""
        return f"{self.name} {self.zh}"


def _words(name: str, of: Of, zh: str, en: str, *, required: bool = False) -> tuple[Column, Column]:
    return (
        Column(f"{name}_zh", of, f"{zh}（中文）", Text(f"填写{zh}的中文。", f"Give the {en} in Chinese."), required),
        Column(f"{name}_en", of, f"{zh}（英文）", Text(f"填写{zh}的英文。", f"Give the {en} in English."), required),
    )


_CODE = Text(
    "用小写字母、数字和连字符，最长 60 个字符，例如 food-business。",
    "Use small letters, digits and hyphens, at most 60 characters, for instance food-business.",
)
_ALLOWS = Text(
    "用空格分开：live、upload_only、tolerance、commitment、pre_siting；没有就留空。",
    "Separate by spaces: live, upload_only, tolerance, commitment, pre_siting; leave it empty for none.",
)
_RULE = Text("写明规定的正式名称和条款。", "Give the rule's official name and article.")

COLUMNS: tuple[Column, ...] = (
    Column("item", "item", "事项代码", _CODE, required=True, type=Code),
    Column(
        "kind", "item", "类别",
        Text(
            "填 remote_survey、pre_siting 或 joint_inspection；复验不单列事项。",
            "It is remote_survey, pre_siting or joint_inspection; a re-survey is no item of its own.",
        ), required=True, type=ItemKind,
    ),
    *_words("name", "item", "事项名称", "item's name", required=True),
    *_words("basis", "item", "法定依据", "statutory basis", required=True),
    Column(
        "radius_m", "item", "围栏半径（米）",
        Text("填 10 到 50000 的整数。", "A whole number of metres from 10 to 50000."), required=True, type=int,
    ),
    Column(
        "retention", "item", "保管期限",
        Text("填 permanent（永久）或 1 到 100 的年数。", "It is permanent, or a number of years from 1 to 100."),
        required=True,
    ),
    Column(
        "time_limit_days", "item", "办理时限（工作日）",
        Text("填 1 到 250 的整数。", "A whole number of working days from 1 to 250."), required=True, type=int,
    ),
    *_words("hours_note", "item", "时段说明", "note on the hours"),
    Column("allows_orange", "item", "橙级开放", _ALLOWS, type=list[Way]),
    Column("allows_blue", "item", "蓝级开放", _ALLOWS, type=list[Way]),
    *_words("on_site", "item", "必须现场的理由", "reason why it is always on site"),
    Column("on_site_rule", "item", "必须现场的依据", _RULE),
    *_words("negative_list", "item", "负面清单的理由", "reason of the negative list"),
    Column("negative_list_rule", "item", "负面清单的依据", _RULE),
    *_words("condition", "condition", "蓝级条件", "condition for blue subjects"),
    Column("department", "department", "部门代码", _CODE, required=True, type=Code),
    *_words("department", "department", "部门", "department", required=True),
    Column("point", "point", "要点代码", _CODE, required=True, type=Code),
    *_words("title", "point", "要点", "point's title", required=True),
    *_words("hint", "point", "怎么拍", "hint", required=True),
    *_words("shot", "point", "照片要求", "demand on the photo"),
    *_words("example", "point", "好照片的样子", "good example"),
)  # fmt: skip
BY_NAME = {column.name: column for column in COLUMNS}
PAIRS = tuple(
    (column.name, f"{column.name[:-3]}_en") for column in COLUMNS if column.name.endswith("_zh") and not column.required
)
"""Columns that are filled in both languages or in none."""
