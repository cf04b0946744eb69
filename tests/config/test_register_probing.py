"""The installed register at the command line: desk search over all centres for a list, and a model put in force."""

import dataclasses
import json
from pathlib import Path

from tests.config.test_cli import tongxing
from tests.registry.test_walls import child, registered
from tongxing.linkage import scoring


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
