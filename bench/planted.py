"""Invented messages about invented places: topics whose truth is known, planted among messages that have none."""

from typing import NamedTuple

import numpy as np

DAY = 86_400
PLACES = [
    "青石桥社区",
    "望江路口",
    "梧桐苑小区",
    "南山隧道",
    "银杏广场",
    "松林街",
    "滨河公园",
    "东风桥",
    "梅园里",
    "凤凰坡",
    "长岭路",
    "石门新村",
    "桃花溪",
    "云顶小区",
    "金竹街",
]
TROUBLES = [
    ["停水", "没有自来水", "水压太低", "水龙头没水"],
    ["停电", "断电", "跳闸没电", "电压不稳"],
    ["地铁施工噪音", "工地夜间施工", "打桩声音太大", "施工扰民"],
    ["垃圾没人清运", "垃圾堆满", "臭气熏天", "垃圾站异味"],
    ["公交车晚点", "公交线路取消", "等不到公交车", "公交改道"],
    ["电梯坏了", "电梯停运", "电梯困人", "电梯没人修"],
    ["学校食堂问题", "幼儿园收费高", "学位不够", "补课乱收费"],
    ["路面塌陷", "井盖破损", "道路坑洼", "路面积水"],
]
OPENINGS = [
    "{place}的{said}",
    "我们{place}这边{said}",
    "反映{place}{said}",
    "{place}附近{said}",
    "请问{place}{said}",
]
CLOSINGS = [
    "，已经{days}天了，请尽快处理",
    "，严重影响居民生活",
    "，多次反映没有结果",
    "，希望有关部门来看看",
    "，晚上根本睡不着",
    "，孩子老人都受不了",
    "，到底什么时候能解决",
]


class Message(NamedTuple):
    """One message; `topic` is -1 where none is known."""

    at: int
    text: str
    person: int
    topic: int


def planted(starts: list[int], seed: int) -> list[Message]:
    """A topic at each start: 6 to 29 messages in differing words about one trouble at one place, over some days."""
    chance = np.random.default_rng(seed)
    found = []
    for topic, start in enumerate(starts):
        place, trouble = str(chance.choice(PLACES)), TROUBLES[chance.integers(len(TROUBLES))]
        for _ in range(int(chance.integers(6, 30))):
            begin = str(chance.choice(OPENINGS)).format(place=place, said=chance.choice(trouble))
            rest = "".join(chance.choice(CLOSINGS, 3, replace=False)).format(days=chance.integers(2, 20))
            at = start + int(chance.exponential(5 * DAY))
            found.append(Message(at, begin + str(chance.choice(trouble)) + rest, int(chance.integers(10**6)), topic))
    return sorted(found)
