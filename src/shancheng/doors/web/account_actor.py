"""Which actor an account acts as: a role over a place, or for an agency."""

from shancheng.doors.web.accounts import AccountRefused
from shancheng.doors.web.language import N_
from shancheng.ground.access import Actor, Role
from shancheng.ground.pack.fault import nearest
from shancheng.loop.rules import Rules


def is_staff(role: Role | None) -> bool:
    """Whether somebody in this role has pages to sign in for."""
    return role is not None and (role.sees in ("range", "legs") or role.manages)


def is_for_people(role: Role) -> bool:
    """Whether a person may be given this role; the engine and imports have roles of their own."""
    return is_staff(role) and not role.any_centre


def actor_for(rules: Rules, *, number: str, role: str, place: str = "", agency: str = "") -> Actor:
    """An actor in a role, for a place by code (the city where it is empty) or an agency; raises AccountRefused."""
    found = rules.roles.get(role)
    if found is None or not is_for_people(found):
        roles = [key for key, each in rules.roles.items() if is_for_people(each)]
        raise AccountRefused(
            N_("There is no role '%(name)s' for people; there is: %(near)s."),
            name=role,
            near=_near(role, roles),
        )
    if agency and agency not in rules.agencies:
        near = _near(agency, list(rules.agencies))
        raise AccountRefused(N_("There is no agency '%(name)s'; there is: %(near)s."), name=agency, near=near)
    if found.sees == "legs" and not agency:
        raise AccountRefused(N_("Whoever is %(role)s works for an agency; name it."), role=role)
    root = rules.places.nodes[0].id
    codes = {node.code: node.id for node in rules.places.nodes if node.code}
    where = codes.get(place, 0) if place else root
    if not where:
        near = _near(place, list(codes))
        raise AccountRefused(N_("There is no place with code '%(name)s'; there is: %(near)s."), name=place, near=near)
    level = min(rules.places.node(where).level, max(rules.packs.city.centre_levels))
    return Actor(
        id=f"{role}-{number}",
        role=role,
        centre=0 if agency else rules.places.centre(where, level),
        agency=agency,
        places=() if where == root else (where,),
    )


def _near(name: str, known: list[str]) -> str:
    return nearest(name, known) or ", ".join(sorted(known)[:12])
