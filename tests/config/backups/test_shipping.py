"""The log leaves between backups: what was acknowledged before a round comes back, and a piece that is not good is named."""

import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.config.test_cli import tongxing
from tests.faults.serving import Serving, as_role, own_folder, wait_for
from tongxing.config.backups import erased, keys, nightly, record, restoring, rules, shipping
from tongxing.config.state import Refused, State

GONE = uuid.uuid4()  # a child that was erased after the backup


@dataclass
class Lost:
    """A house that was killed and whose folder is gone: what is left is the place of the backups and the recovery key."""

    top: Path
    backup: str = ""
    acknowledged: dict[str, set[uuid.UUID]] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)  # when the round behind them had ended

    @property
    def copies(self) -> Path:
        return self.top / "copies"

    @property
    def secrets(self) -> list[str]:
        return keys.secrets_of(State(self.top), self.top / "recovery.key")

    def write(self, server: Serving, what: str) -> None:
        with as_role(server, "postgres") as connection:
            connection.execute("create table if not exists acknowledged (id uuid primary key)")
            rows = [uuid.uuid4() for _ in range(20)]
            for row in rows:
                connection.execute("insert into acknowledged values (%s)", [row])
        self.acknowledged[what] = set(rows)

    def pieces(self, place: Path | None = None) -> list[Path]:
        return sorted((place or self.copies).glob("*.log.age"), key=lambda path: path.name[-32:])

    def read(self, place: Path, **wanted: object):
        return nightly.read(str(place / self.backup), self.secrets, nightly.Wanted(**wanted))

    def restored(self, name: str, place: Path, **wanted: object) -> set[uuid.UUID]:
        """The rows of the table in a folder restored for good."""
        with self.read(place, **wanted) as given:
            given.restore(self.top / name)
            with (
                restoring.recovered(given.backup, State(self.top / name)),
                as_role(Serving(self.top / name), "postgres") as connection,
            ):
                return {row for (row,) in connection.execute("select id from acknowledged").fetchall()}


def serving(folder: Path, copies: Path) -> Serving:
    """The program with its child that ships, whose first round is over."""
    folder.mkdir(exist_ok=True, mode=0o711)
    copies.mkdir(exist_ok=True)
    server = Serving(folder, environment={"TONGXING_BACKUP_TO": str(copies)})
    server.start()
    wait_for(lambda: bool(shipping.standing_of(server.state).at), 30, server.log)
    return server


@pytest.fixture(scope="module")
def lost() -> Iterator[Lost]:
    with own_folder() as top, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TONGXING_DATABASE", "tongxing")
        lost, state = Lost(top), State(top / "house")
        state.folder.mkdir(mode=0o711)
        keys.make(state, top / "recovery.key")
        server = serving(state.folder, lost.copies)
        try:
            lost.write(server, "in the backup")
            lost.backup = nightly.back_up(state, str(lost.copies)).name
            for what in ("first round", "second round", "third round"):
                lost.write(server, what)
                (state.folder / "erased").write_text(f"{GONE}\n")
                shipping.ship(state, str(lost.copies))
                lost.ended[what] = datetime.now(UTC)
            lost.write(server, "after the last round")
            server.kill_database()  # first: the supervisor would take it down in order, with one more round
            server.kill_supervisor()
        finally:
            server.stop()
            wait_for(lambda: not server.processes(), 30)
        shutil.rmtree(state.folder)
        yield lost


@pytest.fixture(scope="module")
def rows(lost) -> set[uuid.UUID]:
    """What is in the folder `whole`, restored to the end of the log."""
    return lost.restored("whole", lost.copies)


@pytest.fixture
def place(lost, tmp_path) -> Path:
    """A copy of what is left, to be damaged."""
    return Path(shutil.copytree(lost.copies, tmp_path / "copies"))


def test_nothing_acknowledged_before_the_last_round_is_lost(lost, rows) -> None:
    known = lost.acknowledged
    assert rows == known["in the backup"] | known["first round"] | known["second round"] | known["third round"]
    assert not rows & known["after the last round"], "the control: these never left"


def test_the_control_without_the_log_loses_them(lost, place) -> None:
    for piece in lost.pieces(place):
        piece.unlink()
    assert lost.restored("control", place) == lost.acknowledged["in the backup"]


def test_until_a_moment_takes_what_was_there_then_and_nothing_later(lost) -> None:
    rows = lost.restored("until", lost.copies, until=lost.ended["first round"])
    assert rows == lost.acknowledged["in the backup"] | lost.acknowledged["first round"]


def test_a_moment_that_is_not_there_is_refused(lost) -> None:
    for until, words in ((datetime.now(UTC), "ends at"), (datetime(2020, 1, 1, tzinfo=UTC), "take an older one")):
        with pytest.raises(Refused, match=words), lost.read(lost.copies, until=until):
            pass


def flip(pieces: list[Path]) -> None:
    content = bytearray(pieces[-2].read_bytes())
    content[len(content) // 2] ^= 4
    pieces[-2].write_bytes(content)


def cut(pieces: list[Path]) -> None:
    pieces[-2].write_bytes(pieces[-2].read_bytes()[:-100])


def swap(pieces: list[Path]) -> None:
    pieces[-1].rename(pieces[0].with_name("aside"))
    pieces[-2].rename(pieces[-1])
    pieces[0].with_name("aside").rename(pieces[-2])


def foreign(pieces: list[Path]) -> None:
    """A piece of the right name that another house sealed."""
    from tongxing.config.backups import pieces as made
    from tongxing.config.backups import places

    public = (pieces[0].parent.parent / "other.key", State(pieces[0].parent.parent / "other"))
    public[1].folder.mkdir()
    keys.make(public[1], public[0])
    piece = made.Piece("0" * 8, "1", "0" * 24, "", 1 << 24)
    made.send(places.Folder(pieces[0].parent), pieces[-2].name, piece, b"x", keys.recipients(public[1]))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (flip, "damaged or cut"),
        (cut, "damaged or cut"),
        (swap, "under the name of another"),
        (foreign, "None of the given keys"),
        (lambda pieces: pieces[-2].unlink(), "is missing"),
    ],
)
def test_a_piece_that_is_not_good_is_named_and_nothing_past_it_is_used(
    lost, place, damage: Callable[[list[Path]], None], words: str
) -> None:
    before, bad = lost.pieces(place)[-3], lost.pieces(place)[-2].name
    damage(lost.pieces(place))
    with pytest.raises(Refused, match=words) as refused, lost.read(place):
        pass
    assert bad[-32:-8] in str(refused.value) and "--backup-alone" in str(refused.value)
    good = datetime.fromisoformat(str(refused.value).partition("--until ")[2].partition(",")[0])
    assert good < lost.ended["second round"]
    with lost.read(place, until=good) as given:  # as far as it is good, when that is asked for
        assert given.log.files[-1].name == before.name
    with lost.read(place, is_backup_alone=True) as given:
        assert given.log.files == ()


def test_a_piece_of_another_database_of_this_house_is_named(lost, place) -> None:
    """The same house and keys, but not what follows: a copy that went on elsewhere and shipped to the same place."""
    from dataclasses import replace

    from tongxing.config.backups import pieces as made
    from tongxing.config.backups import places, sealing

    bad = lost.pieces(place)[-1]
    piece, content = made.opened(bad, lost.secrets)
    public = [sealing.public_key(secret) for secret in lost.secrets]
    for change in ({"system": "7"}, {"previous": "0" * 64}):
        made.send(places.Folder(place), bad.name, replace(piece, **change), content, public)
        with pytest.raises(Refused, match="not of this database"), lost.read(place):
            pass


def test_a_log_that_does_not_lead_to_its_end_is_no_restore(lost, place) -> None:
    """The control of the seals: content that is authentic and yet wrong is found by the database itself."""
    from tongxing.config.backups import pieces as made
    from tongxing.config.backups import places, sealing
    from tongxing.config.state import StateProblem

    bad = lost.pieces(place)[-1]
    piece, content = made.opened(bad, lost.secrets)
    public = [sealing.public_key(secret) for secret in lost.secrets]
    made.send(places.Folder(place), bad.name, piece, bytes(len(content)), public)
    with pytest.raises(StateProblem, match="did not recover"), lost.read(place) as given:
        given.restore(lost.top / "astray")
    assert not (lost.top / "astray").exists() and not (lost.top / "astray.unfinished").exists()


def test_who_was_erased_since_is_erased_again_whatever_is_restored(lost, place) -> None:
    from tongxing.rights.erasure import ERASED

    assert erased.FILE == ERASED
    lost.restored("forgetful", place, is_backup_alone=True)
    assert (lost.top / "forgetful" / ERASED).read_text().split() == [str(GONE)]
    [listed] = place.glob("*-erased-*.age")
    listed = listed.rename(listed.with_name(re.sub("erased-.{8}", "erased-00000000", listed.name)))  # another machine's
    with lost.read(place, is_backup_alone=True) as found:
        assert found.erased == {str(GONE)}
    listed.write_bytes(listed.read_bytes()[:-1])
    with pytest.raises(Refused, match="who was erased since"), lost.read(place, is_backup_alone=True):
        pass


def test_a_restored_house_ships_on_and_an_orderly_stop_loses_nothing(lost, rows) -> None:
    """The child of `serve` alone: its last round goes when the house is asked to stop. It is on a timeline of its own."""
    server = serving(lost.top / "whole", lost.top / "later")
    try:
        _a_place_that_is_away_is_told_and_a_lost_slot_is_a_gap(server, str(lost.top / "later"))
        backup = nightly.back_up(server.state, str(lost.top / "later")).name
        lost.write(server, "last words")
    finally:
        server.stop()
        wait_for(lambda: not server.processes(), 30)
    again = Lost(lost.top, backup)
    assert again.restored("again", lost.top / "later") == rows | lost.acknowledged["last words"]


def _a_place_that_is_away_is_told_and_a_lost_slot_is_a_gap(server: Serving, later: str) -> None:
    state, before = server.state, shipping.standing_of(server.state)
    assert not shipping.tried(state, f"{later}/not mounted")
    told = shipping.standing_of(state)
    assert "mount the disk" in told.words and (told.at, told.next) == (before.at, before.next)
    assert shipping.tried(state, later) and shipping.standing_of(state).since == before.since  # it has caught up
    with as_role(server, "postgres") as connection:
        connection.execute("select pg_drop_replication_slot(%s)", [shipping.SLOT])
    made = datetime.now(UTC)
    assert shipping.tried(state, later)
    [found] = shipping.findings(shipping.standing_of(state), made, datetime.now(UTC))
    assert found.state == "fault" and "no backup was made after" in found.words
    assert record.last(state, "shipping") is not None


def test_the_operator_is_told_what_a_restore_needs(lost, place) -> None:
    key = ("--key", str(lost.top / "recovery.key"))
    lost.pieces(place)[-2].unlink()
    into = ("--into", str(lost.top / "never"))
    for more, words in (
        ((), "is missing"),
        (("--until", "2026-11-22T18:45:00"), "in which zone"),
    ):
        done = tongxing("restore", str(place / lost.backup), *key, *into, *more)
        assert done.returncode == 2 and words in done.stderr, done.stderr
    assert not (lost.top / "never").exists()


MADE = [datetime(2026, 11, day, 4, 15, tzinfo=UTC) for day in (1, 2, 3)]


def test_pieces_go_with_the_backup_to_which_they_belong() -> None:
    def name(at: datetime, house: str = "0123abcd") -> str:
        return rules.piece_name(house, at, "0" * 24)

    before, first, second, third = (name(at + timedelta(hours=1)) for at in (MADE[0] - timedelta(days=1), *MADE))
    names = [before, first, second, third, name(MADE[1], "ffffffff"), rules.name_of("0123abcd", MADE[1]), "notes.txt"]
    assert rules.belonging(names, "0123abcd", MADE, {MADE[1]}) == [before, second]
    assert rules.belonging(names, "0123abcd", MADE, set()) == [before]


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "based", "words"),
    [(None, True, "never"), (6, True, "6 minutes ago"), (2, False, "no backup"), (2, True, "")],
)
def test_the_doctor_says_when_the_log_lags_or_has_a_gap(minutes: int | None, based: bool, words: str) -> None:
    at = "" if minutes is None else (NOW - timedelta(minutes=minutes)).isoformat()
    standing = shipping.Standing(since=(NOW - timedelta(days=1)).isoformat(), at=at)
    made = NOW - timedelta(hours=2) if based else NOW - timedelta(days=2)
    [found] = shipping.findings(standing, made, NOW)
    assert (found.state, words in found.words) == ("fault" if words else "ok", True)
