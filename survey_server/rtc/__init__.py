"""WebRTC as this server uses it. **Packets pass through; nothing here encodes or decodes a picture or a sound.**"""
