"""What false material does to credit: from a reviewer's finding to a deduction, an appeal and a repair.

**Every step is a named person's act in an order that one table allows; nothing follows by itself.** A failed photo
check is no finding: a finding is made by a reviewer, in words, with the evidence it rests on.

Values only: `feedback.step` makes the next value out of an event, `feedback.refusal` says in words why it may not come.
"""
