"""What can be wrong in a table of subjects, in Chinese and English, each saying what to do."""

from credit_gate.reason import Reason

MISSING = Reason("missing", "此处不能为空，请补填。", "This must not be empty: fill it in.")
TOO_MANY_CELLS = Reason(
    "too_many_cells",
    "本行多出单元格，可能有未加引号的逗号；请重新导出。",
    "The row has more cells than the header, perhaps a comma without quotes: export it again.",
)
ROUNDED = Reason(
    "rounded",
    "号码已被表格软件改成科学计数，后几位已丢失；请将该列设为文本并重新填写。",
    "The spreadsheet rounded the number and lost digits: format the column as text and enter it again.",
)
NO_PERSON = Reason(
    "no_person", "法定代表人应填公民身份号码。", "A legal representative is a person: give their identity number."
)
NO_TIER = Reason(
    "no_tier",
    "等级应为红、橙、蓝、黑；尚未评价的请留空。",
    "A tier is red, orange, blue or black: leave it empty if there is no evaluation.",
)
NO_SEVERITY = Reason(
    "no_severity", "严重程度应为轻微、一般或严重。", "The severity is minor, general or serious: write one of them."
)
NO_TIME = Reason(
    "no_time",
    "日期写法不对，请写成 2026-03-01 或 2026-03-01 10:30。",
    "This is no date: write it like 2026-03-01 or 2026-03-01 10:30.",
)
BEFORE_IT_BEGINS = Reason(
    "before_it_begins", "早于认定日期，请核对。", "This is before the record was made: check both dates."
)
SINCE_WITHOUT_TIER = Reason(
    "since_without_tier", "没有等级却有评价日期，请核对。", "There is a date but no tier: check both."
)
CONTRADICTS = Reason(
    "contradicts",
    "与同一主体的前一行不一致，请改成一致。",
    "This differs from an earlier row of the same subject: make them agree.",
)
SUBJECT_TWICE = Reason(
    "subject_twice",
    "同一主体重复且没有新的记录，请删除本行。",
    "The same subject once more, without another record: delete the row.",
)
EVENT_TWICE = Reason(
    "event_twice",
    "同一主体的记录编号重复，请核对。",
    "This record's number appears twice for the subject: check it.",
)
