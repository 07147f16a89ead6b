"""Names stripped of the ways they are spelled, so that a dropped ending is not taken for a new name."""

import re
import unicodedata

RESIDENTS = re.compile(r"(?:社区)?(?:居民委员会|居民委会|居民委|居委会|居委|社区委员会|社区)$")
VILLAGERS = re.compile(r"(?:村|社区)?(?:村民委员会|村民委会|村委员会|村委会|民委员会|村委)$")
OFFICES = re.compile(r"(?:办事处|人民政府)$")
BLANKS = re.compile(r"[\s\-_.,'’()（）·]+")
RANKS = re.compile(r"(?:街道|镇|乡|民族乡|社区|村)$")


def plain_name(name: str) -> str:
    """A name without its office, committee, width, case and punctuation: 红光街道办事处 and 红光街道 are one."""
    text = BLANKS.sub("", unicodedata.normalize("NFKC", name)).casefold()
    text = OFFICES.sub("", text)
    if RESIDENTS.search(text):
        return RESIDENTS.sub("", text) + "社区"
    if VILLAGERS.search(text):
        return VILLAGERS.sub("", text) + "村"
    return text


def stem(name: str) -> str:
    """A plain name without its rank, so that a town that became a street is known again; never empty."""
    plain = plain_name(name)
    return RANKS.sub("", plain) or plain
