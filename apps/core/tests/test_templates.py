"""Template tags, components and the frame of pages."""

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone

from apps.core import icons
from apps.core.templatetags import jz

SHANGHAI = ZoneInfo("Asia/Shanghai")


def draw(source, **values):
    return Template("{% load jz %}" + source).render(Context(values))


@pytest.fixture
def noon(monkeypatch):
    """It is noon of 2026-03-19 in Asia/Shanghai."""
    now = datetime(2026, 3, 19, 12, tzinfo=SHANGHAI)
    monkeypatch.setattr(timezone, "now", lambda: now.astimezone(UTC))
    return now


class TestIcon:
    def test_is_drawn_inline_and_hidden_from_screen_readers(self):
        svg = draw('{% icon "home" "ic-lg" %}')
        assert svg.startswith('<svg class="ic ic-lg" aria-hidden="true"')
        assert "<path" in svg

    def test_is_one_path_without_the_sets_empty_frame(self):
        svg = draw('{% icon "home" %}')
        assert svg.count("<path") == 1
        assert "M0 0h24v24H0z" not in svg

    @pytest.mark.parametrize(
        ("drawing", "joined"),
        [
            ('<path d="M1 2l3 0"/><path d="M4 5"/>', '<path d="M1 2l3 0M4 5"/>'),
            ('<path d="M1 2"/><path d="m4 5"/>', '<path d="M1 2"/><path d="m4 5"/>'),
            ('<circle r="3"/><path d="M4 5"/>', '<circle r="3"/><path d="M4 5"/>'),
        ],
    )
    def test_is_joined_only_where_it_looks_the_same(self, drawing, joined):
        assert icons._joined(drawing) == joined

    def test_refuses_an_unknown_name(self):
        with pytest.raises(icons.UnknownIconError, match="no-such-icon"):
            draw('{% icon "no-such-icon" %}')

    def test_escapes_its_class(self):
        assert "<b>" not in draw("{% icon 'home' x %}", x='"><b>')


class TestLight:
    def test_has_shape_and_words(self):
        assert (
            draw('{% light "r" "超期 1 天" %}') == '<span class="light r"><i></i>超期 1 天</span>'
        )

    def test_refuses_an_unknown_colour(self):
        with pytest.raises(TemplateSyntaxError):
            draw('{% light "purple" "x" %}')


class TestTag:
    def test_escapes_what_it_shows(self):
        assert draw('{% tag x "ok" %}', x="<b>").strip() == '<span class="tag ok">&lt;b&gt;</span>'


class TestPhone:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [("13900001234", "139****1234"), ("022-28391234", "022-2***1234"), ("", ""), (None, "")],
    )
    def test_is_masked(self, value, shown):
        assert draw("{{ x|phone }}", x=value) == shown


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [(1286, "1,286"), (0, "0"), (None, "—"), ("", "—"), ("约 98,000", "约 98,000")],
    )
    def test_thousands(self, value, shown):
        assert jz.thousands(value) == shown

    @pytest.mark.parametrize(
        ("value", "shown"),
        [(0.9642, "96.4%"), (1, "100.0%"), (0, "0.0%"), (None, "—"), (0.99951, "100.0%")],
    )
    def test_percent(self, value, shown):
        assert jz.percent(value) == shown

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (timedelta(seconds=40), "40 秒"),
            (timedelta(minutes=12, seconds=5), "12 分"),
            (timedelta(minutes=112), "1 时 52 分"),
            (timedelta(days=3, hours=4, minutes=9), "3 天 4 时"),
            (3600, "1 时"),
            (0, "0 秒"),
            (timedelta(seconds=-3), "0 秒"),
            (None, "—"),
        ],
    )
    def test_duration(self, value, shown):
        assert jz.duration(value) == shown


@pytest.mark.usefixtures("noon")
class TestDates:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (date(2026, 3, 19), "3月19日"),
            (date(2025, 3, 19), "2025年3月19日"),
            (datetime(2025, 12, 31, 17, tzinfo=UTC), "1月1日"),  # already next year in Shanghai
            (None, ""),
        ],
    )
    def test_day(self, value, shown):
        assert jz.day(value) == shown

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (datetime(2026, 3, 19, 17, 30, tzinfo=SHANGHAI), "今天 17:30"),
            (datetime(2026, 3, 18, 0, 5, tzinfo=SHANGHAI), "昨天 00:05"),
            (datetime(2026, 3, 17, 23, 59, tzinfo=SHANGHAI), "3月17日 23:59"),
            (datetime(2026, 3, 20, 9, 0, tzinfo=SHANGHAI), "3月20日 09:00"),
            (datetime(2025, 3, 19, 9, 0, tzinfo=SHANGHAI), "2025年3月19日 09:00"),
            (datetime(2026, 3, 18, 16, 30, tzinfo=UTC), "今天 00:30"),
            (None, ""),
        ],
    )
    def test_moment(self, value, shown):
        assert jz.moment(value) == shown

    def test_full_day_names_the_weekday(self):
        assert jz.full_day(date(2026, 3, 19)) == "2026年3月19日 星期四"


class TestCapture:
    def test_draws_a_frame_only_around_something(self):
        source = (
            "{% capture as x %} {{ y }} {% endcapture %}{% if x %}<nav>{{ x }}</nav>{% endif %}"
        )
        assert draw(source, y="<a>") == "<nav>&lt;a&gt;</nav>"
        assert draw(source, y="") == ""

    def test_refuses_a_missing_name(self):
        with pytest.raises(TemplateSyntaxError):
            draw("{% capture %}{% endcapture %}")


class SampleForm(forms.Form):
    name = forms.CharField(label="姓名", help_text="和身份证一致")
    note = forms.CharField(label="说明", required=False, max_length=200, widget=forms.Textarea)
    start = forms.DateField(label="到岗日期", initial=date(2026, 3, 19))
    kind = forms.ChoiceField(
        label="岗位", choices=[("a", "专员"), ("b", "专家")], widget=forms.RadioSelect
    )
    matters = forms.MultipleChoiceField(
        label="事项", choices=[("1", "税费"), ("2", "融资")], widget=forms.CheckboxSelectMultiple
    )
    unit = forms.ChoiceField(label="单位", choices=[("", "请选"), ("1", "渔阳镇")])
    agreed = forms.BooleanField(label="已核对")


def field(form, name):
    return " ".join(render_to_string("components/field.html", {"field": form[name]}).split())


class TestField:
    def test_ties_label_hint_and_control(self):
        html = field(SampleForm(), "name")
        assert '<label class="form-label" for="id_name">姓名' in html
        assert "（必填）" in html
        assert 'aria-describedby="id_name_helptext"' in html
        assert '<div class="hint" id="id_name_helptext">和身份证一致</div>' in html
        assert 'class="form-control"' in html

    def test_says_that_a_field_may_be_left_empty(self):
        html = field(SampleForm(), "note")
        assert "（可不填）" in html
        assert 'data-count="id_note"' in html

    def test_says_so_only_once(self):
        form = SampleForm()
        form.fields["note"].help_text = "可不填；选“其他”时请写明。"
        assert "（可不填）" not in field(form, "note")

    def test_ties_the_error_to_the_control(self):
        html = field(SampleForm({}), "name")
        assert '<span class="msg" id="id_name_error">请填写姓名</span>' in html
        assert 'aria-invalid="true"' in html
        assert 'aria-describedby="id_name_helptext id_name_error"' in html

    def test_shows_a_date_in_the_browsers_picker(self):
        html = field(SampleForm(), "start")
        assert 'type="date"' in html
        assert 'value="2026-03-19"' in html

    def test_groups_radio_buttons_in_a_fieldset(self):
        html = field(SampleForm({"kind": "b"}), "kind")
        assert html.count('<label class="chip"') == 2
        assert "<legend" in html
        assert re.search(r'value="b"[^>]*checked', html)

    def test_groups_check_boxes_in_a_fieldset(self):
        html = field(SampleForm({}), "matters")
        assert html.count('class="form-check-input"') == 2
        assert 'id="id_matters" aria-describedby="id_matters_error"' in html

    def test_offers_to_show_a_password(self):
        class Login(forms.Form):
            password = forms.CharField(label="密码", widget=forms.PasswordInput)

        html = render_to_string(
            "components/field.html", {"field": Login()["password"], "reveal": True}
        )
        assert 'data-reveal="id_password"' in html

    def test_keeps_the_classes_of_the_form(self):
        form = SampleForm()
        form.fields["unit"].widget.attrs["class"] = "wide"
        assert 'class="form-select wide"' in field(form, "unit")


FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)


class TestForms:
    def test_leave_the_checking_to_the_server(self):
        """Its words are Chinese and say what to do; a browser's bubble speaks its own language."""
        found = []
        for path in (settings.BASE_DIR / "templates").rglob("*.html"):
            for form in FORM.findall(path.read_text(encoding="utf-8")):
                head = form.partition(">")[0]
                if "components/field.html" in form and "post" in head and "novalidate" not in head:
                    found.append(f"{path.name}: {head}")
        assert found == []


class TestErrorSummary:
    def test_links_each_error_to_its_control(self):
        html = render_to_string("components/form_errors.html", {"form": SampleForm({})})
        targets = re.findall(r'href="#([^"]+)"', html)
        assert targets == [
            "id_name", "id_start", "id_kind_0", "id_matters_0", "id_unit", "id_agreed",
        ]  # fmt: skip
        assert 'role="alert" tabindex="-1"' in html
        assert "有 6 处需要修改" in html

    def test_leads_to_controls_that_are_on_the_page(self):
        form = SampleForm({})
        page = "".join(field(form, name) for name in form.fields)
        for _text, anchor in jz.error_lines(form):
            assert f'id="{anchor}"' in page

    def test_shows_an_error_of_the_whole_form_without_a_link(self):
        form = SampleForm({})
        form.errors.clear()
        form.add_error(None, "账号或密码不对，还可试 4 次")
        html = render_to_string("components/form_errors.html", {"form": form})
        assert "<li>账号或密码不对，还可试 4 次</li>" in html
        assert "请修改后再提交" in html

    def test_is_absent_without_errors(self):
        assert render_to_string("components/form_errors.html", {"form": SampleForm()}).strip() == ""

    def test_keeps_the_words_of_a_form_that_has_its_own(self):
        form = SampleForm({})
        form.fields["name"].error_messages["required"] = "请写全名"
        form.full_clean()
        assert jz.messages_of(form["name"]) == ["请写全名"]

    def test_reads_form_sets(self):
        formset = forms.formset_factory(SampleForm, extra=1, min_num=1, validate_min=True)(
            {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}
        )
        assert ("请填写姓名", "id_form-0-name") in jz.error_lines(formset)


def request_of(user, path="/menu/", **headers):
    request = RequestFactory().get(path, headers=headers)
    request.user = user
    return request


@pytest.fixture
def person():
    return SimpleNamespace(
        is_authenticated=True, pk=1, username="zhaomin", display_name="赵敏", unit_name="区中心",
        unit_id=1, role_labels=["中枢调度员"], has_perm=lambda code: True,
        has_perms=lambda codes: True, is_staff=False, is_active=True,
    )  # fmt: skip


class TestPager:
    def test_leads_to_the_neighbours_and_keeps_the_conditions(self):
        page = SimpleNamespace(
            rows=[1], size=50, sizes=[20, 50, 100], next_url="?q=a&after=x", prev_url=""
        )
        request = request_of(AnonymousUser(), "/list/?q=a&before=y")
        html = render_to_string("components/pager.html", {"page": page, "total": 1286}, request)
        assert "共 1,286 条" in html
        assert 'href="?q=a&amp;after=x" rel="next"' in html
        assert 'href="?q=a&amp;size=100"' in html
        assert 'rel="prev"' not in html


class TestKeptQuery:
    def test_hands_on_all_conditions_but_the_named(self):
        request = request_of(AnonymousUser(), "/list/?q=a&col=x&col=y&after=z")
        context = Context({"request": request})
        assert jz.kept_query(context, "after") == [("q", "a"), ("col", "x"), ("col", "y")]


NAV = SimpleNamespace(
    groups=[
        (
            "日常办理",
            [
                SimpleNamespace(
                    label="工作台", url="/home/", icon="home", count=7, hot=True, is_current=True
                )
            ],
        )
    ],
    mobile=[], unread=3, banners=["2027年节假日安排还没有录入。"], new_url="",
)  # fmt: skip


def frame(user, template="core/menu.html", **values):
    return Template("{% load jz %}{% include name %}").render(
        Context({"name": template, "request": request_of(user), "nav": NAV, **values})
    )


class TestFrame:
    def test_has_the_landmarks_and_one_heading(self, person):
        html = frame(person, request_id="r", help_phone="x")
        for part in ("<header", "<main", "<footer", 'aria-label="主导航"', 'aria-label="底部导航"'):
            assert html.count(part) == 1, part
        assert html.count("<h1") == 1
        assert 'href="#main">跳到主要内容' in html
        assert '<html lang="zh-CN">' in html

    def test_marks_the_present_page_and_what_waits(self, person):
        html = frame(person)
        assert 'href="/home/" aria-current="page"' in html
        assert '<span class="n hot">7</span>' in html
        assert "消息，3 条未读" in html

    def test_shows_standing_warnings(self, person):
        assert "2027年节假日安排还没有录入。" in frame(person)

    def test_puts_the_error_before_the_title(self, person):
        assert "<title>出错：全部功能 - 政企同行·有需必应</title>" in frame(person, has_errors=True)
        assert "<title>全部功能 - 政企同行·有需必应</title>" in frame(person)

    def test_is_drawn_large_by_the_server(self, person):
        assert '<html lang="zh-CN" class="jz-big">' in frame(person, is_big=True)

    def test_leaves_out_the_crumbs_when_there_are_none(self, person):
        assert 'aria-label="面包屑"' not in frame(person)

    def test_has_no_id_twice(self, person):
        ids = re.findall(r'\sid="([^"]+)"', frame(person))
        assert sorted(ids) == sorted(set(ids))


class TestErrorPages:
    @pytest.mark.parametrize("name", ["400", "403", "404"])
    def test_say_what_to_do_and_the_number(self, name):
        html = frame(
            AnonymousUser(), f"{name}.html", request_id="abc12345", help_phone="区营商环境办"
        )
        assert "abc12345" in html
        assert "区营商环境办" in html
        assert html.count("<h1") == 1

    @pytest.mark.parametrize("name", ["400", "403", "404"])
    def test_keep_the_navigation_for_staff(self, name, person):
        html = frame(person, f"{name}.html")
        assert 'aria-label="主导航"' in html
        assert html.count("<h1") == 1

    @pytest.mark.parametrize("name", ["413", "500", "503", "maintenance"])
    def test_need_no_context_when_nothing_works(self, name):
        html = render_to_string(f"{name}.html")
        assert html.count("<h1") == 1
        assert "{{" not in html

    @pytest.mark.parametrize("name", ["413", "maintenance"])
    def test_pages_of_the_web_server_are_plain_text(self, name):
        source = Template("").engine.get_template(f"{name}.html").source
        assert "{{" not in source
        assert "{%" not in source

    def test_show_again_what_was_typed(self):
        typed = [("note", "第一行\n<b>"), ("empty", "")]
        html = frame(AnonymousUser(), "403_csrf.html", typed=typed, action="/x/?a=1")
        assert '<input type="hidden" name="note" value="第一行\n&lt;b&gt;">' in html
        assert "<pre>第一行\n&lt;b&gt;</pre>" in html
        assert 'action="/x/?a=1"' in html


class TestConfirmPage:
    def test_names_the_action_on_the_button_and_focuses_the_way_back(self, person):
        html = frame(
            person, "core/confirm.html", title="停用 李春生 的账号？", object="李春生",
            consequences=["停用后立即退出登录。"], action_label="停用账号", cancel_url="/list/",
            danger=True, hidden=[("pk", 7)],
        )  # fmt: skip
        assert '<a class="btn btn-line" href="/list/" data-focus>取消</a>' in html
        assert '<button class="btn btn-danger" type="submit">停用账号</button>' in html
        assert '<input type="hidden" name="pk" value="7">' in html
