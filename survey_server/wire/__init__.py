"""Every message and body that crosses the wire, as tagged unions.

**The client's types are generated from this package** (`takan wire-types`); nothing else describes the wire.
Times are RFC 3339 in UTC. Times on the recording's own line are seconds from `RecordingView.started_at`.
Sentences for people come as `Text`, in both languages.
"""
