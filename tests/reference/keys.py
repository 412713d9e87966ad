"""Virtual keys (docs/semantics.md#virtual-keys): which key a value means, who is above it, and what commands change of it."""

from dataclasses import dataclass, field
from typing import Optional

import datetime


@dataclass
class Key:
    name: str
    ids: list = field(default_factory=list)
    sha256: list = field(default_factory=list)
    active: bool = True
    expires_ms: Optional[int] = None
    parents: list = field(default_factory=list)
    owner: str = ""
    removed: bool = False

    def row(self):
        return {"active": self.active, "expires_ms": self.expires_ms, "parents": self.parents, "ids": self.ids, "sha256": self.sha256,
                "owner": self.owner, "removed": self.removed}


def key_from(members):
    """Of a [[key]], or of a command."""
    expires = members.get("expires")
    expires_ms = None
    if expires is not None:
        expires_ms = int(datetime.datetime.fromisoformat(expires.replace("Z", "+00:00")).timestamp() * 1000)
    return Key(members["name"], members.get("ids", []), members.get("sha256", []), members.get("active", True), expires_ms,
               members.get("parents", []), members.get("owner", ""))


class Keys:
    """Those of the configuration, and those of commands in their place."""

    def __init__(self, configuration):
        self.configuration = configuration
        self.all = {key.name: key for key in configuration.keys}
        self.of_commands = set()

    def follow(self, configuration):
        """What commands said stays, whatever the new configuration says of the same keys."""
        self.configuration = configuration
        self.all = {key.name: key for key in configuration.keys} | {name: self.all[name] for name in self.of_commands}

    def name_of(self, value):
        """`value` as accounts write it."""
        return next((key.name for key in self.all.values() if value in key.ids), value)

    def parents_of(self, account):
        return self.parents_with(self.all, account)

    def parents_with(self, keys, account):
        parents = list(self.configuration.parents.get(account, []))
        kind, _, name = account.partition(":")
        if kind == "virtual_key" and name in keys:
            parents += [parent for parent in keys[name].parents if parent not in parents]
        return parents

    def value_in(self, account):
        """The value of virtual_key in an account, None where it has none."""
        kind, _, values = account.partition(":")
        dimensions = self.configuration.kinds.get(kind, [kind])
        parts = values.split(",")
        return parts[dimensions.index("virtual_key")] if "virtual_key" in dimensions and len(parts) == len(dimensions) else None

    def owner_of(self, account):
        key = self.all.get(self.value_in(account))
        return key.owner if key else ""

    def apply(self, what, body):
        """A command. What cannot stand beside the others changes nothing."""
        name = body["name"]
        if what == "key_removed":
            if name not in self.all or self.all[name].removed:
                return
            key = Key(**{**self.all[name].__dict__, "active": False, "removed": True})
        else:
            key = key_from(body)
            if not self.can_stand({**self.all, name: key}):
                return
        self.all[name] = key
        self.of_commands.add(name)

    def can_stand(self, keys):
        ids = [value for key in keys.values() for value in key.ids]
        if len(ids) != len(set(ids)) or set(ids) & (set(keys) | self.named(keys)):
            return False
        return not any(self.leads_to(keys, account, account) for account in self.accounts_with_parents(keys))

    def named(self, keys):
        """Values of virtual_key in accounts that the configuration names, and in parents."""
        parents = self.configuration.parents
        accounts = [*parents, *(parent for some in parents.values() for parent in some), *(parent for key in keys.values() for parent in key.parents)]
        values = set()
        for limit in self.configuration.limits:
            accounts += [limit.account or "", *limit.overrides]
            values |= {text for place, text, is_prefix in limit.where
                       if not is_prefix and self.configuration.kinds.get(limit.kind, [limit.kind])[place] == "virtual_key"}
        return values | {self.value_in(account) for account in accounts}

    def accounts_with_parents(self, keys):
        return [*self.configuration.parents, *(f"virtual_key:{name}" for name in keys)]

    def leads_to(self, keys, account, goal, seen=()):
        return any(parent == goal or (parent not in seen and self.leads_to(keys, parent, goal, (*seen, parent)))
                   for parent in self.parents_with(keys, account))

    def rows(self):
        return {f"KEY#{name}": self.all[name].row() for name in self.of_commands}
