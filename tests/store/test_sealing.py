"""Personal data: sealed to one reporter, gone with its key."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shancheng.store.sealing import CentreKey, Sealed, Sealer, key_file

CENTRE = CentreKey(bytes(range(32)))


@given(plain=st.binary(max_size=200), reporter=st.text(max_size=20).filter(lambda text: text.isprintable()))
def test_what_is_sealed_opens_again_for_the_same_reporter(plain: bytes, reporter: str) -> None:
    sealer = Sealer(CENTRE)

    sealed, key = sealer.seal(reporter, plain)

    assert key is not None
    assert sealer.open(reporter, sealed, key.wrapped) == plain
    assert len(plain) < 4 or plain not in sealed


def test_a_second_sealing_under_the_same_key_makes_no_new_key() -> None:
    sealer = Sealer(CENTRE)
    _, key = sealer.seal("r-1", b"a")
    assert key is not None

    sealed, none = sealer.seal("r-1", b"b", key.wrapped)

    assert none is None
    assert sealer.open("r-1", sealed, key.wrapped) == b"b"


def test_sealed_data_do_not_open_for_another_reporter() -> None:
    sealer = Sealer(CENTRE)
    sealed, key = sealer.seal("r-1", b"138 0000 0000")
    assert key is not None

    with pytest.raises(Sealed, match="was changed"):
        sealer.open("r-2", sealed, key.wrapped)


def test_after_the_key_is_destroyed_opening_says_that_they_were_erased() -> None:
    sealer = Sealer(CENTRE)
    sealed, _ = sealer.seal("r-1", b"138 0000 0000")

    with pytest.raises(Sealed, match="were erased"):
        sealer.open("r-1", sealed, None)


def test_one_changed_bit_keeps_the_seal_closed() -> None:
    sealer = Sealer(CENTRE)
    sealed, key = sealer.seal("r-1", b"138 0000 0000")
    assert key is not None

    with pytest.raises(Sealed, match="were changed"):
        sealer.open("r-1", sealed[:-1] + bytes([sealed[-1] ^ 1]), key.wrapped)


def test_another_centre_cannot_open_it() -> None:
    sealed, key = Sealer(CENTRE).seal("r-1", b"138 0000 0000")
    assert key is not None

    with pytest.raises(Sealed, match="another centre"):
        Sealer(CentreKey(bytes(32))).open("r-1", sealed, key.wrapped)


def test_what_was_sealed_under_several_keys_opens_with_all_that_the_ledger_holds() -> None:
    sealer = Sealer(CENTRE)
    (first, one), (second, two) = sealer.seal("r-1", b"a"), sealer.seal("r-1", b"b")
    assert one is not None
    assert two is not None
    held = one.wrapped + two.wrapped

    assert [sealer.open("r-1", sealed, held) for sealed in (first, second)] == [b"a", b"b"]


def test_the_same_phone_gives_the_same_pseudonym_and_another_centre_gives_another() -> None:
    ours, theirs = Sealer(CENTRE), Sealer(CentreKey(bytes(32)))

    assert ours.pseudonym("138 0000 0000") == ours.pseudonym("13800000000")
    assert ours.pseudonym("13800000000") != ours.pseudonym("13800000001")
    assert ours.pseudonym("13800000000") != theirs.pseudonym("13800000000")


def test_the_centre_key_is_made_for_its_owner_only_and_kept(tmp_path: Path) -> None:
    file = key_file(tmp_path / "ledger.db")

    made = CentreKey.make(file)

    assert file.stat().st_mode & 0o777 == 0o600
    assert CentreKey.make(file).pepper == made.pepper == CentreKey.read(file, environment={}).pepper


def test_a_key_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "key"
    CentreKey.make(file)
    file.chmod(0o644)

    with pytest.raises(Sealed, match="chmod 600"):
        CentreKey.read(file, environment={})


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    key = CentreKey.read(tmp_path / "none", environment={"SHANCHENG_CENTRE_KEY": bytes(range(32)).hex()})

    assert key.pepper == CENTRE.pepper
