"""Which spans were there before (docs/semantics.md#spans)."""

from windows import MINUTE_MS


class DuplicateMemory:
    """Identities by the pane whose closing forgets them (section 2)."""

    def __init__(self, horizon_ms, identities_max):
        self.horizon_ms = horizon_ms
        self.identities_max = identities_max
        self.pane_of = {}
        self.panes = {}

    def __contains__(self, identity):
        return identity in self.pane_of

    def remember(self, identity, time_ms, watermark_ms):
        """Room is made first, from the oldest pane on and by whole panes, so that the new one is always remembered."""
        while len(self.pane_of) >= self.identities_max:
            self.forget(min(self.panes))
        pane = (max(time_ms, watermark_ms) + self.horizon_ms) // MINUTE_MS
        self.pane_of[identity] = pane
        self.panes.setdefault(pane, []).append(identity)

    def forget(self, pane):
        for identity in self.panes.pop(pane):
            del self.pane_of[identity]

    def forget_closed(self, first_open):
        for pane in [pane for pane in self.panes if pane < first_open]:
            self.forget(pane)
