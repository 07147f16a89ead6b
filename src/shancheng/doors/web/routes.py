"""Every page: method, path under its language, who it is for, and what makes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from shancheng.doors.web import (
    account,
    account_elsewhere,
    admin,
    admin_accounts,
    board,
    chosen,
    exports,
    figures,
    follow,
    grid,
    grid_sending,
    grid_shell,
    ground,
    live_pages,
    mapping,
    matter,
    measures,
    report,
    sealed,
    start,
    town,
    watch,
    worklist,
)
from shancheng.doors.web.ask import Ask

Permission = Literal["anybody", "code", "account", "manager"]
PERMISSIONS: dict[str, str] = {
    "anybody": "No account is needed.",
    "code": "Whoever has the code of a report; the code is in the path.",
    "account": "Whoever has signed in; what the role may do and see is decided by the loop.",
    "manager": "Whoever has signed in in a role that manages the house.",
}


@dataclass(frozen=True)
class Page:
    """One method of one path."""

    method: str
    path: str
    permission: Permission
    handler: Callable[[Ask], Awaitable[Response]]


PAGES: tuple[Page, ...] = (
    Page("GET", "/", "anybody", start.start),
    Page("GET", "/now", "anybody", start.now),
    Page("GET", "/about", "anybody", start.about),
    Page("GET", "/report", "anybody", report.begin),
    Page("POST", "/report", "anybody", report.step),
    Page("GET", "/follow", "anybody", follow.enter),
    Page("POST", "/follow", "anybody", follow.find),
    Page("GET", "/follow/{token}", "code", follow.follow),
    Page("GET", "/follow/{token}/photos/{photo}", "code", follow.photo),
    Page("POST", "/follow/{token}/{matter}/{verb}", "code", follow.act),
    Page("GET", "/figures", "anybody", figures.city),
    Page("GET", "/figures/{place:int}", "anybody", figures.place),
    Page("GET", "/figures/{place:int}/{file}", "anybody", figures.download),
    Page("GET", "/map/{place:int}/places.geojson", "anybody", ground.places),
    Page("GET", "/map/day.geojson", "anybody", mapping.day),
    Page("GET", "/sign-in", "anybody", account.form),
    Page("POST", "/sign-in", "anybody", account.sign_in),
    Page("POST", "/sign-out", "anybody", account.sign_out),
    Page("GET", "/sign-out/elsewhere", "anybody", account_elsewhere.leave_there),
    Page("GET", "/sign-in/elsewhere", "anybody", account_elsewhere.leave),
    Page("GET", "/sign-in/back", "anybody", account_elsewhere.back),
    Page("GET", "/account", "account", account.own),
    Page("POST", "/account", "account", account.change),
    Page("POST", "/account/sign-out", "account", account.leave_everywhere),
    Page("GET", "/admin", "manager", admin.overview),
    Page("GET", "/admin/accounts", "manager", admin_accounts.listed),
    Page("POST", "/admin/accounts", "manager", admin_accounts.create),
    Page("POST", "/admin/accounts/{name}/{act}", "manager", admin_accounts.act),
    Page("GET", "/admin/roles", "manager", admin.roles),
    Page("GET", "/admin/duties", "manager", admin.duties),
    Page("POST", "/admin/duties", "manager", admin.check),
    Page("GET", "/admin/audit", "manager", admin.audit),
    Page("GET", "/desk", "account", board.home),
    Page("GET", "/desk/board/{place:int}", "account", board.board),
    Page("GET", "/desk/live/board/{place:int}", "account", live_pages.of_board),
    Page("GET", "/desk/live/list/{place:int}", "account", live_pages.of_list),
    Page("GET", "/desk/live/town/{place:int}", "account", live_pages.of_town),
    Page("GET", "/desk/town/{place:int}", "account", town.town),
    Page("GET", "/desk/watch", "account", watch.home),
    Page("GET", "/desk/watch/{place:int}", "account", watch.watch),
    Page("GET", "/desk/list", "account", worklist.worklist),
    Page("GET", "/desk/list/chosen", "account", chosen.choose),
    Page("POST", "/desk/list/chosen/{verb}", "account", chosen.act),
    Page("GET", "/desk/map", "account", mapping.desk_map),
    Page("GET", "/desk/map/part", "account", mapping.part),
    Page("GET", "/desk/map/matters.geojson", "account", mapping.matters),
    Page("GET", "/desk/figures", "account", measures.home),
    Page("GET", "/desk/figures/{place:int}", "account", measures.place),
    Page("GET", "/desk/list/export/{form}", "account", exports.worklist),
    Page("GET", "/desk/board/{place:int}/export/{form}", "account", exports.board),
    Page("GET", "/desk/figures/{place:int}/export/{form}", "account", exports.figures),
    Page("GET", "/desk/matters/{matter}", "account", matter.matter),
    Page("GET", "/desk/matters/{matter}/photos/{photo}", "account", matter.photo),
    Page("GET", "/desk/matters/{matter}/sealed", "account", sealed.form),
    Page("POST", "/desk/matters/{matter}/sealed", "account", sealed.unseal),
    Page("POST", "/desk/matters/{matter}/{verb}", "account", matter.act),
    Page("GET", "/grid", "anybody", grid.home),
    Page("GET", "/grid/report", "account", grid.report),
    Page("POST", "/grid/report", "account", grid_sending.report),
    Page("GET", "/grid/matters/{matter}", "account", grid.matter),
    Page("POST", "/grid/matters/{matter}/{verb}", "account", grid_sending.act),
    Page("POST", "/grid/photos", "account", grid_sending.photo),
    Page("GET", "/grid/word", "anybody", grid_sending.word),
    Page("GET", "/grid/carried", "account", grid_shell.carried),
    Page("GET", "/grid/shell", "anybody", grid_shell.shell),
    Page("GET", "/grid/manifest.json", "anybody", grid_shell.manifest),
    Page("GET", "/grid/worker.js", "anybody", grid_shell.worker),
)
