"""What the node does, each flow readable top to bottom.

**A flow writes its event first, then has its effect; whatever it preserves is on disk before it answers.**
"""
