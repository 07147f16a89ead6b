"""What may be asked for: services and their definitions, from categories and what the pack says beside them."""

from typing import Any

from shancheng.doors.standards.open311.records import Published, Question, Service, parts_of
from shancheng.loop.kind import Category
from shancheng.loop.rules import Rules
from shancheng.wings.governance.desk import Desk

Answer = dict[str, Any]
DATATYPES = {
    "zh": {
        "string": "一行文字",
        "number": "数字",
        "datetime": "日期和时间",
        "text": "文字",
        "singlevaluelist": "选一项",
        "multivaluelist": "可选多项",
    },
    "en": {
        "string": "One line of text",
        "number": "A number",
        "datetime": "A date and time",
        "text": "Text",
        "singlevaluelist": "One of the values",
        "multivaluelist": "Any of the values",
    },
}


class Catalogue:
    """The services of a city at one instant, in one language."""

    def __init__(self, desk: Desk, language: str) -> None:
        self._desk = desk
        self._rules: Rules = desk.rules
        self._language = language
        self._at = desk.now()
        self._day = self._rules.day(self._at)

    def rows(self) -> list[Answer]:
        """Every service that somebody may report under."""
        return [self._row(category) for category in self._desk.reportable()]

    def offered(self, code: str) -> Category | None:
        """The category of a service_code, where somebody may report under it."""
        return next((category for category in self._desk.reportable() if category.key == code), None)

    def definition(self, category: Category) -> Answer:
        """What is asked of who reports under a category."""
        questions = [self._question(question) for question in self.questions(category.key)]
        return {"service_code": category.key, "attributes": questions}

    def questions(self, code: str) -> list[Question]:
        """What is asked for a category or for one above it, in order."""
        chain = set(self._rules.category_chain(code, self._at))
        standing = self._rules.packs.standing("questions", Question, self._day)
        return sorted((q for q in standing if chain & set(q.services)), key=lambda q: (q.order, q.key))

    def name(self, code: str) -> str:
        """What a category is called."""
        category = self._rules.category(code, self._at)
        return _name(category, self._language) if category else code

    def published(self) -> dict[str, Published]:
        """What anybody may read, by category; those that nobody may read are left out."""
        standing = self._rules.packs.standing("services", Service, self._day)
        return {service.key: service.published for service in standing if service.published and self._open(service)}

    def _open(self, service: Service) -> bool:
        category = self._rules.category(service.key, self._at)
        kind = self._rules.kind(category.kind, self._at) if category else None
        return kind is not None and not kind.confidential

    def _row(self, category: Category) -> Answer:
        service = self._rules.packs.in_force("services", Service, category.key, self._day)
        words = getattr(service, f"description_{self._language}", "") if service else ""
        above = self._rules.category(category.parent, self._at)
        return {
            "service_code": category.key,
            "service_name": _name(category, self._language),
            "description": words or _name(category, self._language),
            "metadata": bool(self.questions(category.key)),
            "type": "realtime",
            "keywords": ", ".join(service.keywords) if service else "",
            "group": _name(above, self._language) if above else "",
        }

    def _question(self, question: Question) -> Answer:
        return {
            "variable": True,
            "code": question.key,
            "datatype": question.datatype,
            "required": question.required,
            "datatype_description": DATATYPES[self._language][question.datatype],
            "order": question.order,
            "description": parts_of(question, "text", self._language),
            "values": [
                {"key": key, "name": names.get(self._language) or next(iter(names.values()), key)}
                for key, names in question.values.items()
            ],
        }


def _name(category: Category, language: str) -> str:
    return category.name_zh if language == "zh" else category.name_en
