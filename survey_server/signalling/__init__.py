"""One WebSocket per person.

**A message changes a survey only through `Case.record`, and only when `survey.rules` does not refuse it.**
"""
