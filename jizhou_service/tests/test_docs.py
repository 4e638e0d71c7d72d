"""What the documents name exists: paths, commands, targets, settings, links."""

import ast
import importlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

pytestmark = pytest.mark.once
ROOT = Path(settings.BASE_DIR)
DOCS = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), ROOT / "benchmarks/README.md"]
READERS = {"text", "flag", "number", "listing", "kept_secret", "database", "url"}
FOLDERS = "apps|jizhou_service|docs|deploy|scripts|static|templates|benchmarks|fixtures|\\.ci"
PATH = re.compile(rf"(?<![\w/.*-])((?:{FOLDERS})/[\w./*-]*)")


def read(path):
    return path.read_text(encoding="utf-8")


def code_of(path):
    """Return what stands in code: blocks and spans."""
    text = read(path)
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.M | re.S)
    return "\n".join(
        blocks + re.findall(r"^ {4}\S.*$", rest, re.M) + re.findall(r"`([^`]+)`", rest)
    )


def variables():
    """Return the environment variables that the product reads."""
    found = set()
    for path in [*ROOT.glob("jizhou_service/**/*.py"), *ROOT.glob("apps/**/*.py")]:
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(read(path))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            call, name = node.func, node.args[0]
            is_reader = (
                isinstance(call, ast.Attribute)
                and isinstance(call.value, ast.Name)
                and call.value.id == "env"
                and call.attr in READERS
            ) or (path.name == "env.py" and isinstance(call, ast.Name) and call.id in READERS)
            if is_reader and isinstance(name, ast.Constant):
                found.add(name.value)
    return found


class TestSettings:
    def test_are_all_in_the_example(self):
        lines = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", read(ROOT / "deploy/env.example"), re.M)
        assert len(lines) == len(set(lines))
        assert {re.sub(r"_FILE$", "", name) for name in lines} == variables()

    def test_are_all_in_the_table_of_the_readme(self):
        table = read(ROOT / "README.md").split("### Settings")[1].split("## Tests")[0]
        names = re.findall(r"^\| `([A-Z_]+)` \|", table, re.M)
        assert len(names) == len(set(names))
        assert set(names) == variables()
        assert len(names) > 25


class TestMap:
    def test_gives_each_app_the_sentence_of_its_docstring(self):
        rows = dict(re.findall(r"^\| `(apps/\w+)` \| (.+) \|$", read(ROOT / "README.md"), re.M))
        apps = sorted(path.parent for path in ROOT.glob("apps/*/apps.py"))
        assert sorted(rows) == [str(path.relative_to(ROOT)) for path in apps]
        for path in apps:
            module = importlib.import_module(f"apps.{path.name}")
            assert rows[f"apps/{path.name}"] == module.__doc__.strip()


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
class TestDocuments:
    def test_name_paths_that_exist(self, path):
        named = {name.rstrip(".") for name in PATH.findall(code_of(path))}
        assert [name for name in sorted(named) if not any(ROOT.glob(name.rstrip("/")))] == []

    def test_name_commands_that_exist(self, path):
        named = set(re.findall(r"manage\.py ([a-z_]+)", code_of(path)))
        assert named - set(get_commands()) == set()

    def test_name_targets_that_exist(self, path):
        targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.M))
        named = set(re.findall(r"(?:^|\s)make ([a-z-]+)", code_of(path), re.M))
        assert named - targets == set()

    def test_link_to_what_exists(self, path):
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", read(path)):
            file = (path.parent / target).resolve() if target else path
            assert file.exists(), target
            if anchor:
                heads = re.findall(r"^#+ (.+)$", read(file), re.M)
                assert anchor in {head.lower().replace(" ", "-") for head in heads}, anchor


class TestTheseTests:
    def test_read_more_than_nothing(self):
        everything = "\n".join(code_of(path) for path in DOCS)
        assert len(set(PATH.findall(everything))) > 15
        assert len(set(re.findall(r"manage\.py ([a-z_]+)", everything))) > 12

    def test_see_what_is_missing(self):
        assert PATH.findall("see apps/none/nowhere.py and `docs/x.md`") == [
            "apps/none/nowhere.py",
            "docs/x.md",
        ]
        assert not any(ROOT.glob("apps/none/nowhere.py"))
