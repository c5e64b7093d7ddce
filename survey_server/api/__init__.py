"""HTTP: the whole URL table stands in `routes`.

**Errors are translated to words at one edge, here; nothing below knows HTTP.**
"""
