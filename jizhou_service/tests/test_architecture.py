"""The layers hold for string foreign keys too, and every app stands in them."""

import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model

ROOT = Path(settings.BASE_DIR)
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]
LAYERS = next(c["layers"] for c in CONTRACTS if c["id"] == "apps")
RANK = {
    name.strip(" ()"): len(LAYERS) - position
    for position, layer in enumerate(LAYERS)
    for name in layer.split("|")
}
OURS = [config for config in apps.get_app_configs() if config.name.startswith("apps.")]


class TestLayers:
    def test_list_every_installed_app(self):
        assert {config.label for config in OURS} == set(RANK)

    def test_hold_for_every_foreign_key(self):
        checked, wrong = 0, []
        for config in OURS:
            for model in config.get_models():
                for field in model._meta.get_fields():
                    target = getattr(field, "related_model", None)
                    if target is None or field.auto_created or target._meta.app_label not in RANK:
                        continue
                    checked += 1
                    other = target._meta.app_label
                    if other != config.label and RANK[other] >= RANK[config.label]:
                        wrong.append(f"{config.label}.{model.__name__}.{field.name} -> {other}")
        assert checked > 10
        assert wrong == []


class TestModels:
    @pytest.mark.parametrize("config", OURS, ids=lambda config: config.label)
    def test_have_chinese_names_and_a_text(self, config):
        for model in config.get_models():
            assert any("一" <= char <= "鿿" for char in str(model._meta.verbose_name)), model
            assert model.__str__ is not Model.__str__, f"{model} needs __str__"
            assert not model._meta.ordering, f"{model}: order where you slice"

    def test_foreign_keys_say_protect_or_are_argued(self):
        """CASCADE stands only under what belongs to one account (sessions, drafts, roles)."""
        from django.db.models import CASCADE

        cascading = {
            f"{config.label}.{model.__name__}"
            for config in OURS
            for model in config.get_models()
            for field in model._meta.local_fields
            if field.is_relation and getattr(field.remote_field, "on_delete", None) is CASCADE
        }
        allowed = {"RoleRow", "OldPassword", "Session", "Draft", "Reveal", "SavedView", "Notice"}
        allowed |= {"ApiToken", "Phrase", "IdempotentAnswer", "NoticeSetting"}
        assert {name.split(".")[1] for name in cascading} <= allowed


class TestModules:
    def test_stay_short(self):
        long = [
            f"{path.relative_to(ROOT)}: {count}"
            for path in [*ROOT.glob("apps/**/*.py"), *ROOT.glob("jizhou_service/**/*.py")]
            if "migrations" not in path.parts
            and (count := len(path.read_text(encoding="utf-8").splitlines())) > 500
        ]
        assert long == []

    def test_never_schedule_by_celery_eta(self):
        guilty = [
            str(path)
            for path in [*ROOT.glob("apps/**/*.py"), *ROOT.glob("jizhou_service/**/*.py")]
            if "tests" not in path.parts
            and any(
                word in path.read_text(encoding="utf-8") for word in ("apply_async(", ".delay(")
            )
        ]
        assert guilty == []
