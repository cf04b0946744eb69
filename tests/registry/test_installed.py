"""Matching models: installed by the owner, versioned, taken back; and stored rows follow the normaliser."""

import json
from importlib.resources import files

import pytest

from tests.registry.test_walls import child, registered, searched
from tongxing.linkage import normaliser
from tongxing.registry import identity, installed, rekeying
from tongxing.registry.models import InstalledModel, Weight


def shipped() -> str:
    return files("tongxing.linkage").joinpath("model.json").read_text(encoding="utf-8")


def another(version: int, possible: float) -> str:
    """The shipped model, but from which weight somebody is shown."""
    raw = json.loads(shipped()) | {"version": version}
    raw["thresholds"] |= {"possible": possible, "review": possible, "link": possible}
    return json.dumps(raw)


@pytest.fixture
def restored(house):
    yield
    installed.install(shipped(), is_shipped=True)


def test_an_installed_model_weighs_at_once_and_can_be_taken_back(desk, restored) -> None:
    known = registered(desk, "费长房")
    assert [one.person_id for one in searched(desk, "费长房").inside] == [known.person_id]
    first = identity.install(another(8, 1000.0))
    assert (first.version, installed.version()) == (8, 8)
    assert searched(desk, "费长房").inside == ()  # nobody is as heavy as that
    identity.install(another(9, 2000.0))
    assert identity.restore().version == 8 and installed.version() == 8
    last = identity.restore()
    assert last.is_shipped and last.restores.content == shipped()
    assert [one.person_id for one in searched(desk, "费长房").inside] == [known.person_id]
    with pytest.raises(installed.Unfit):
        identity.restore()


def test_the_same_model_again_changes_nothing(house) -> None:
    before = InstalledModel.objects.using("owner").count()
    assert installed.install(shipped(), is_shipped=True) == installed.in_force()
    assert InstalledModel.objects.using("owner").count() == before


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        ("{", "not a matching model"),
        ("[]", "not a matching model"),
        (json.dumps(json.loads(shipped()) | {"comparisons": {}}), "missing birth"),
        (json.dumps(json.loads(shipped()) | {"card": {"normaliser": 1}}), "normaliser 1"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(house, spoilt: str, says: str) -> None:
    before = list(Weight.objects.using("owner").order_by("id").values_list())
    with pytest.raises(installed.Unfit, match=says):
        identity.install(spoilt)
    assert list(Weight.objects.using("owner").order_by("id").values_list()) == before


def test_a_migration_leaves_the_owners_model_in_force(house, restored) -> None:
    installed.install(another(8, 1.0))
    assert installed.install_shipped().version == 8
    assert installed.install(shipped(), is_shipped=True).is_shipped


def rows_of(house, person) -> list:
    statement = (
        "select to_jsonb(r) - 'id' from registry_searchrow r where person_id = %s order by sound, birth_from, written"
    )
    return house.sql("tx_owner", statement, [person])


def keys_of(house, person) -> list:
    return house.sql("tx_owner", "select k, tag from registry_searchkey where person_id = %s order by k", [person])


def test_stale_rows_are_made_anew_as_enrolling_makes_them(desk, house) -> None:
    known = [registered(desk, name).person_id for name in ("单于飞雪", "仉督相如", "Баттулга")]
    fresh = [(rows_of(house, one), keys_of(house, one)) for one in known]
    spoil = (
        "update registry_searchrow set version = 1, sound = 'x', near = 'x', written = 'x' where person_id = any(%s)"
    )
    house.sql("tx_owner", spoil, [known])
    house.sql("tx_owner", "update registry_searchkey set k = 1 where person_id = any(%s)", [known])
    assert searched(desk, "单于飞雪").inside == ()
    told: list[rekeying.Progress] = []
    assert rekeying.rekey(told.append) == 3
    assert (told[-1].done, told[-1].waiting) == (3, 3)
    assert [(rows_of(house, one), keys_of(house, one)) for one in known] == fresh
    assert rekeying.rekey() == 0


def test_renewing_goes_on_where_it_was_stopped(desk, house, monkeypatch) -> None:
    known = [registered(desk, name).person_id for name in ("步六孤山", "叱干月", "可频云")]
    house.sql("tx_owner", "update registry_searchrow set version = 1 where person_id = any(%s)", [known])
    monkeypatch.setattr(rekeying, "BATCH", 1)

    def killed(_progress: rekeying.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rekeying.rekey(killed)
    assert rekeying.rekey() == 2
    versions = house.sql(
        "tx_owner", "select distinct version from registry_searchrow where person_id = any(%s)", [known]
    )
    assert versions == [(normaliser.VERSION,)]


def test_the_owners_probe_searches_all_centres_and_is_logged(desk, elsewhere, house) -> None:
    known = registered(desk, "东里春")
    before = house.sql("tx_owner", "select count(*) from access_securityevent where kind = 'probed'")
    [found, nobody] = identity.probe([identity.details_of(child("东里春")), identity.details_of(child("无此人乎"))], 3)
    assert found.matches[0].number == known.number and found.matches[0].verdict == "likely" and found.ms > 0
    assert nobody.matches == ()
    after = house.sql("tx_owner", "select count(*) from access_securityevent where kind = 'probed'")
    assert after[0][0] == before[0][0] + 1
