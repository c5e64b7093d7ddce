"""The record of a survey (踏勘笔录) as PDF/A, in Chinese and in English.

**The same journal, coverage and pictures give the same bytes; nothing that people wrote is ever read as code.**

`content.record` says what is in it, as a value; `typesetting` makes the PDF, in a limited process (`worker`).
"""
