"""The installed register at the command line: desk search over all centres for a list, and a model put in force."""

import dataclasses
import json
from pathlib import Path

from tests import world
from tests.config.test_cli import tongxing
from tests.registry.test_walls import child, registered
from tongxing.core.ids import uuid7
from tongxing.linkage import normaliser, scoring
from tongxing.linkage.details import Details, Name
from tongxing.linkage.levels import WEIGHED
from tongxing.registry import identity, matching


def test_a_list_is_searched_in_the_installed_register_and_a_model_is_put_in_force(desk, house, tmp_path: Path) -> None:
    known = registered(desk, "东里春")
    born = child("东里春").birth
    (tmp_path / "probes.csv").write_text(
        f"record_id,name,sex,birth_date\np1,东里春,,{born.year}-{born.month}-{born.day}\np2,无此人乎,,1999-09-09\n"
    )
    heavier = dataclasses.replace(scoring.hand_set(), possible=1000.0, review=1000.0, link=1000.0)
    (tmp_path / "model.json").write_text(scoring.written(heavier))
    words = ("identity", "probe", str(tmp_path / "probes.csv"), "--top", "5", "--json")
    found, nobody = json.loads(tongxing(*words, TONGXING_DATABASE=house.name).stdout)
    assert found["probe_id"] == "p1", found
    assert [one["record_id"] for one in found["candidates"]][:1] == [known.number], (found, born)
    assert {reason["field"]: reason["state"] for reason in found["candidates"][0]["reasons"]}["name"] == "same"
    assert found["ms"] > 0
    assert nobody["candidates"] == []
    done = tongxing("identity", "install", str(tmp_path / "model.json"), TONGXING_DATABASE=house.name)
    assert done.returncode == 0, done.stderr
    assert "is in force" in done.stdout
    limit = "select weight from registry_weight where comparison = 'threshold' and level = 'likely'"
    assert house.sql("tx_owner", limit) == [(1000.0,)]


def test_what_people_answered_goes_out_without_persons_and_into_training(desk, house, tmp_path: Path) -> None:
    levels = scoring.agreement(*[normaliser.features(Details(names=(Name("东里春"),)))[0]] * 2)
    with world.as_(desk):
        signed = matching.proposal(identity.Candidate(uuid7(), "possible", 3.0, levels), 1)
        assert matching.label({signed: "different"}, by=desk) == 1
    out = tmp_path / "labels.csv"
    done = tongxing("identity", "labels", "--out", str(out), TONGXING_DATABASE=house.name)
    assert done.returncode == 0, done.stderr
    assert out.read_text().splitlines() == [
        ",".join((*WEIGHED, "label", "pairs")),
        ",".join((*(levels[name] for name in WEIGHED), "different", "1")),
    ]
    refused = tongxing("identity", "labels", "--out", str(out), TONGXING_DATABASE=house.name)
    assert refused.returncode == 2 and "--force" in refused.stderr


def test_the_model_before_is_put_back_by_one_command(house, tmp_path: Path) -> None:
    heavier = dataclasses.replace(scoring.hand_set(), possible=2000.0, review=2000.0, link=2000.0)
    (tmp_path / "model.json").write_text(scoring.written(heavier))
    assert tongxing("identity", "install", TONGXING_DATABASE=house.name).returncode == 2
    before = house.sql("tx_owner", "select weight from registry_weight where level = 'likely'")
    assert tongxing("identity", "install", str(tmp_path / "model.json"), TONGXING_DATABASE=house.name).returncode == 0
    assert house.sql("tx_owner", "select weight from registry_weight where level = 'likely'") == [(2000.0,)]
    back = tongxing("identity", "install", "--back", TONGXING_DATABASE=house.name)
    assert back.returncode == 0, back.stderr
    assert house.sql("tx_owner", "select weight from registry_weight where level = 'likely'") == before
