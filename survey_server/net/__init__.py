"""The network edge. **Every peer is reached through one UDP port, by public asyncio calls only.**"""
