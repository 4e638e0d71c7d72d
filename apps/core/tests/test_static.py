"""Front-end files keep to the browser floor, the content security policy and their checksums."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from apps.core import icons, navigation

ROOT = Path(__file__).resolve().parents[3]
VENDOR = ROOT / "static/vendor"
OURS_CSS = sorted((ROOT / "static/jz").glob("*.css"))
OURS_JS = sorted((ROOT / "static/jz").glob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

# ux.md §5: what Chromium 86, Safari 14 or Firefox 78 do not know.
CSS_BANS = {
    ":has(": r":has\(",
    ":is( / :where(": r":(is|where)\(",
    "color-mix": r"color-mix\(",
    "oklch / lab": r"\b(oklch|oklab|lch|lab)\(",
    "light-dark": r"light-dark\(",
    "@layer": r"@layer\b",
    "@container": r"@container\b",
    "nesting": r"[{;]\s*&",
    "inset": r"[{;\s]inset\s*:",
    "aspect-ratio": r"aspect-ratio",
    "dvh": r"\d(dvh|svh|lvh)\b",
    "margin-inline": r"(margin|padding)-(inline|block)\s*:",
    "import": r"@import",
}
JS_BANS = {
    ".at()": r"\.at\(",
    "structuredClone": r"structuredClone",
    "Object.hasOwn": r"Object\.hasOwn\b",
    "findLast": r"\.findLast",
    "replaceAll": r"\.replaceAll\(",
    "logical assignment": r"(\|\||&&|\?\?)=",
    "private members": r"[\s.]#[a-z]\w*\s*[=(;]",
    "top-level await": r"(?m)^await\b",
    "eval": r"\beval\(|new Function\(",
    "native dialogs": r"(?<![.\w])(alert|confirm|prompt)\(|window\.(open|alert|confirm|prompt)\(",
    "inline style": r"\.style\.|cssText|setAttribute\(.style",
    "innerHTML": r"(inner|outer)HTML\s*=",
}
# What the policy (script-src and style-src 'self') would block, or WeChat containers break on.
TEMPLATE_BANS = {
    "inline style": r"<[^>]*\sstyle\s*=",
    "style element": r"<style\b",
    "inline script": r"<script(?![^>]*\bsrc=)(?![^>]*application/json)",
    "event handler": r"<[^>]*\son[a-z]+\s*=",
    "javascript address": r"javascript:",
    "new window": r"target\s*=\s*[\"']?_blank",
    "foreign address": r"(src|href|action|srcset|data-url|hx-get|hx-post)\s*=\s*[\"'](https?:)?//",
}
TAG_BANS = {"unescaped value": r"\|\s*safe\b|autoescape off"}
FOREIGN_CSS = r"url\(\s*[\"']?(https?:)?//"
FOREIGN_JS = r"[\"'`](https?:)?//[\w.-]+"


def offences(text: str, bans: dict[str, str]) -> list[str]:
    """Return the names of the rules that a text breaks; comments do not count."""
    bare = re.sub(r"/\*.*?\*/|\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", text, flags=re.S)
    return [name for name, pattern in bans.items() if re.search(pattern, bare)]


def template_offences(text: str) -> list[str]:
    """Return the rules that a template breaks, once as HTML without tags, once with them."""
    html = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.S)
    return offences(html, TEMPLATE_BANS) + offences(text, TAG_BANS)


class TestOurStyles:
    @pytest.mark.parametrize("path", OURS_CSS, ids=lambda path: path.name)
    def test_use_nothing_that_the_oldest_browsers_do_not_know(self, path):
        assert offences(path.read_text(encoding="utf-8"), CSS_BANS) == []

    @pytest.mark.parametrize("path", OURS_CSS, ids=lambda path: path.name)
    def test_load_nothing_from_elsewhere(self, path):
        assert not re.search(FOREIGN_CSS, path.read_text(encoding="utf-8"))

    @pytest.mark.parametrize("path", OURS_CSS, ids=lambda path: path.name)
    def test_close_every_brace(self, path):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
        assert text.count("{") == text.count("}")

    def test_are_checked_by_a_test_that_can_fail(self):
        bad = ".a:has(.b){inset:0;color:color-mix(in srgb,red,blue)} .c{ & .d{margin-inline:1px} }"
        found = offences(bad, CSS_BANS)
        assert {":has(", "inset", "color-mix", "nesting", "margin-inline"} <= set(found)
        assert offences("/* :has() */ .a{box-shadow:inset 0 0 0 1px red}", CSS_BANS) == []


class TestOurScripts:
    @pytest.mark.parametrize("path", OURS_JS, ids=lambda path: path.name)
    def test_use_nothing_beyond_es2020_and_the_policy(self, path):
        assert offences(path.read_text(encoding="utf-8"), JS_BANS) == []

    @pytest.mark.parametrize("path", OURS_JS, ids=lambda path: path.name)
    def test_load_nothing_from_elsewhere(self, path):
        assert not re.search(FOREIGN_JS, path.read_text(encoding="utf-8"))

    def test_are_checked_by_a_test_that_can_fail(self):
        bad = "a.at(-1); x ??= 1; alert('a'); b.innerHTML = c; d.style.top = 0;"
        assert len(offences(bad, JS_BANS)) == 5
        assert re.search(FOREIGN_JS, "fetch('https://cdn.example/x.js')")


class TestTemplates:
    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
    def test_have_nothing_that_the_policy_blocks(self, path):
        assert template_offences(path.read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
    def test_compile(self, path):
        get_template(str(path.relative_to(ROOT / "templates")))

    def test_name_only_icons_that_exist(self):
        named = {
            name
            for path in TEMPLATES
            for name in re.findall(r"{% icon [\"']([^\"']+)", path.read_text(encoding="utf-8"))
        }
        assert "home" in icons.table()
        assert named - set(icons.table()) == set()

    def test_are_checked_by_a_test_that_can_fail(self):
        bad = (
            '<p style="top:0">{{ x|safe }}<a onclick="y()" href="https://x.cn/">'
            '<script>1</script><a target="_blank">'
        )
        assert len(template_offences(bad)) == 6
        good = '<a href="{% url x one %}"{% if one == 1 %} class="b"{% endif %}><script src="a.js">'
        assert template_offences(good) == []


class TestNavigation:
    def test_names_only_icons_that_exist(self):
        wanted = {item.icon for item in navigation._items.values()}
        assert wanted
        assert wanted - set(icons.table()) == set()


class TestVendorFiles:
    def rows(self):
        text = (VENDOR / "README.md").read_text(encoding="utf-8")
        return re.findall(r"^\| (\S+) \| (\S+) \| (\S+) \| (\S+) \| ([0-9a-f]{64}) \|$", text, re.M)

    def test_are_what_the_readme_says(self):
        rows = self.rows()
        assert len(rows) >= 7
        for name, _package, _version, _licence, digest in rows:
            assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name

    def test_are_all_listed(self):
        listed = {name for name, *_ in self.rows()}
        present = {
            str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()
        } - {"README.md"}
        assert present == listed

    def test_come_with_their_licences(self):
        folders = {name.split("/")[0] for name, *_ in self.rows()}
        assert all((VENDOR / folder / "LICENSE").is_file() for folder in folders)

    def test_have_the_pinned_versions(self):
        pinned = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
        for _name, package, version, *_ in self.rows():
            assert pinned[package] == version

    def test_ask_for_no_source_maps(self):
        for path in VENDOR.rglob("*.*s"):
            assert "sourceMappingURL" not in path.read_text(encoding="utf-8"), path.name

    def test_lock_file_names_no_registry(self):
        lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
        assert '"resolved"' not in lock
        assert '"integrity"' in lock
