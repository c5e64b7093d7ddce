"""The experts' opinions of a live survey, and who of a panel stands aside.

**No expert sees another's opinion before all are in, and none can be changed afterwards** (for the
departments of an upload-only survey see `survey.material`). An opinion is due from every expert who was there (agreed
to the notice) and did not stand aside; the conclusion waits for them. Who stands aside takes no further part: what they
signed or thought before does not count, and is on record.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from survey_server.survey.material import Opinion
from survey_server.survey.panel_events import ExpertOpinion, Recused


class Opinions(Struct, frozen=True):
    """What is in. `given` and `recused` are by participant."""

    given: dict[str, Opinion] = {}
    opened: bool = False
    recused: dict[str, Recused] = {}

    def pending(self, due: Iterable[str]) -> list[str]:
        """Whose opinion is still missing, of those it is due from."""
        return [] if self.opened else [one for one in due if one not in self.given]

    def after(self, event: ExpertOpinion | Recused, at: datetime, due: Iterable[str]) -> "Opinions":
        """With one more event; `due` are those an opinion is due from after it. The last one opens them all."""
        if isinstance(event, ExpertOpinion):
            opinion = Opinion(event.value, event.reason, event.participant, at, 0)
            now = replace(self, given={**self.given, event.participant: opinion})
        else:
            left = {one: opinion for one, opinion in self.given.items() if one != event.participant or self.opened}
            now = replace(self, given=left, recused={**self.recused, event.participant: event})
        return replace(now, opened=self.opened or (bool(now.given) and not now.pending(due)))
