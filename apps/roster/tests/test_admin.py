"""The admin's doors and windows on the roster."""

import io
import zipfile

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from apps.audit.models import AuditEntry
from apps.core.flatfiles import PURPOSE
from apps.roster import actions
from apps.roster.models import Category, Expert, Officer, Person, Team, Unit, Zone
from apps.roster.tests.builders import (
    LANDLINE,
    MOBILE,
    OTHER_MOBILE,
    expert_of,
    head_of,
    person_of,
    serve,
    team_of,
    unit_of,
    zone_of,
)

pytestmark = pytest.mark.django_db
POOL = ("部门", "姓名", "职务", "身份", "处级", "手机", "座机", "可答复的类目", "业务专长")
TEAM = ("单位", "片区", "划分片区范围", "经营主体数量", "姓名", "职务", "手机", "座机")
MODELS = (Unit, Category, Person, Zone, Expert, Team, Officer)


def address(model, page="changelist", *args):
    return reverse(f"admin:roster_{model._meta.model_name}_{page}", args=args)


def workbook(head, *rows, above=0):
    book = Workbook()
    for _ in range(above):
        book.active.append(["名册"])
    for row in (head, *rows):
        book.active.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def upload(client, model, data, name="名册.xlsx"):
    return client.post(
        address(model, "import"), {"resource": "0", "import_file": SimpleUploadedFile(name, data)}
    )


def confirm(client, model, response):
    form = response.context["confirm_form"]
    return client.post(address(model, "process_import"), form.initial, follow=True)


def carry(client, model, data):
    """Upload, look, confirm."""
    response = upload(client, model, data)
    assert response.status_code == 200, response.content.decode()
    return confirm(client, model, response)


@pytest.fixture
def office(office_chief, login):
    return login(office_chief)


class TestEntrance:
    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
    def test_lists_speak_chinese_and_are_found_by_words(self, office, model):
        zone = zone_of()
        serve(person_of(), zone)
        expert_of()
        response = office.get(address(model), {"q": "a"})
        assert response.status_code == 200
        text = office.get(address(model)).content.decode()
        assert str(model._meta.verbose_name_plural) in text
        assert MOBILE not in text

    def test_the_system_administrator_keeps_units_and_sees_no_people(self, sysadmin, login):
        client = login(sysadmin)
        assert client.get(address(Unit)).status_code == 200
        assert client.get(address(Category)).status_code == 200
        for model in (Person, Zone, Expert, Team, Officer):
            assert client.get(address(model)).status_code == 403
            assert address(model) not in client.get("/admin/").content.decode()

    def test_nobody_else_enters(self, team_leader, commissioner, login):
        for user in (team_leader, commissioner):
            assert login(user).get(address(Expert), follow=True).status_code == 403

    def test_windows_offer_neither_adding_nor_changing_nor_deleting(self, office):
        expert = expert_of()
        assert office.get(address(Expert, "add")).status_code == 403
        assert office.get(address(Expert, "delete", expert.pk)).status_code == 403
        response = office.post(address(Expert, "change", expert.pk), {"matters_note": "改了"})
        assert response.status_code == 403
        assert "到专家库修改" in office.get(address(Expert)).content.decode()


class TestCategories:
    def fields(self, **values):
        top = Category.objects.filter(parent__isnull=True).order_by("order").first()
        return {"code": "z901", "name": "新类目", "parent": top.pk, "order": 900, "is_active": "on",
                **values}  # fmt: skip

    def test_are_added_through_the_action(self, office):
        response = office.post(address(Category, "add"), self.fields(), follow=True)
        assert "新类目" in response.content.decode()
        added = Category.objects.get(code="z901")
        entry = AuditEntry.objects.get(action="roster.category.add")
        assert (entry.target_id, entry.actor) == (str(added.pk), "officechief")
        assert not LogEntry.objects.exists()

    def test_say_what_the_action_refuses_and_keep_what_was_typed(self, office):
        child = Category.objects.filter(parent__isnull=False).order_by("pk").first()
        child.parent.children.exclude(pk=child.pk).update(order=1)
        response = office.post(
            address(Category, "change", child.parent_id),
            self.fields(code=child.parent.code, name="改了名", parent=self.fields()["parent"]),
        )
        assert response.context["adminform"].form.errors
        assert "改了名" in response.content.decode()
        assert Category.objects.get(pk=child.parent_id).name != "改了名"
        assert not AuditEntry.objects.filter(action="roster.category.save").exists()

    def test_refuse_a_code_that_is_taken(self, office):
        code = Category.objects.order_by("pk").first().code
        form = (
            office.post(address(Category, "add"), self.fields(code=code)).context["adminform"].form
        )
        assert list(form.errors) == ["code"]

    def test_are_changed_and_their_history_is_the_audit_log(self, office):
        child = Category.objects.filter(parent__isnull=False).order_by("pk").first()
        office.post(
            address(Category, "change", child.pk),
            self.fields(code=child.code, name="换了名字", parent=child.parent_id),
        )
        child.refresh_from_db()
        assert child.name == "换了名字"
        text = office.get(address(Category, "history", child.pk)).content.decode()
        assert "换了名字" in text
        assert "修改类目" in text
        empty = Category.objects.exclude(pk=child.pk).first()
        assert (
            "还没有变更记录" in office.get(address(Category, "history", empty.pk)).content.decode()
        )
        assert office.get(address(Category, "history", 99_999_999)).status_code == 404


class TestUnits:
    def fields(self, **values):
        return {"code": "newoffice", "name": "区新设局", "kind": "OTHER", "name_check": "B",
                "aliases": "新设办、新局", "order": 700, "is_active": "on", **values}  # fmt: skip

    def test_are_added_with_other_names(self, office):
        office.post(address(Unit, "add"), self.fields(is_member_unit="yes"))
        unit = unit_of("区新设局")
        assert (unit.aliases, unit.is_member_unit, unit.in_task_force, unit.order) == (
            ["新设办", "新局"], True, None, 700,
        )  # fmt: skip
        assert AuditEntry.objects.get(action="roster.unit.add").target_label == "区新设局"

    def test_show_and_keep_what_is_on_record(self, office):
        unit = unit_of("区住房建设委")
        page = office.get(address(Unit, "change", unit.pk))
        form = page.context["adminform"].form
        assert "code" not in form.fields
        values = {name: form[name].value() for name in form.fields}
        sent = {name: value for name, value in values.items() if value not in {None, False}}
        office.post(address(Unit, "change", unit.pk), sent)
        assert not AuditEntry.objects.filter(action="roster.unit.save").exists()

    def test_with_people_are_not_closed(self, office):
        person_of()
        unit = unit_of()
        sent = self.fields(name=unit.name, kind=unit.kind, order=unit.order)
        del sent["is_active"]
        form = office.post(address(Unit, "change", unit.pk), sent).context["adminform"].form
        assert "还有在册人员" in form.errors["is_active"][0]

    def test_history_names_no_people_to_those_who_see_none(self, office, sysadmin, login):
        person = person_of("郭联络", "区水务局")
        actions.set_liaison(unit=person.unit, person=person, by=None, now=timezone.now())
        page = address(Unit, "history", person.unit.pk)
        assert "郭联络" in office.get(page).content.decode()
        assert "郭联络" not in login(sysadmin).get(page).content.decode()


class TestImport:
    def test_shows_first_and_writes_after_the_confirmation(self, office):
        data = workbook(
            POOL, ["区住房建设委", "钱七", "科长", "专家", "否", MOBILE, "40000013", "", "民宿"]
        )
        response = upload(office, Expert, data)
        text = response.content.decode()
        assert "新增 1" in text
        assert not Person.objects.filter(name="钱七").exists()
        assert MOBILE not in text
        done = confirm(office, Expert, response).content.decode()
        assert "已写入：新增 1 行，修改 0 行，没变 0 行" in done
        expert = Expert.objects.get(person__name="钱七")
        assert (expert.matters_note, expert.person.mobile, expert.person.landline) == (
            "民宿", MOBILE, LANDLINE,
        )  # fmt: skip
        entry = AuditEntry.objects.get(action="roster.import")
        assert (entry.actor, entry.batch_size) == ("officechief", 1)
        assert AuditEntry.objects.filter(action="roster.expert.add").exists()

    def test_of_the_same_file_changes_nothing(self, office):
        data = workbook(POOL, ["区住房建设委", "钱七", "科长", "", "", MOBILE, "", "", "民宿"])
        carry(office, Expert, data)
        before = AuditEntry.objects.count()
        text = carry(office, Expert, data).content.decode()
        assert "新增 0 行，修改 0 行，没变 1 行" in text
        assert AuditEntry.objects.count() == before + 1  # that it was imported

    def test_changes_what_differs_and_leaves_empty_cells(self, office):
        matter = Category.objects.filter(parent__isnull=False).order_by("pk").first()
        expert = expert_of(matters=[matter], matters_note="施工许可")
        unit = expert.unit.name
        data = workbook(POOL, [unit, "郑六", "", "", "", OTHER_MOBILE, "", "", ""])
        preview = upload(office, Expert, data).content.decode()
        assert "修改 1" in preview
        assert "154****0011" in preview
        carry(office, Expert, data)
        expert.refresh_from_db()
        expert.person.refresh_from_db()
        assert expert.person.mobile == OTHER_MOBILE
        assert expert.person.title == "科长"
        assert expert.matters_note == "施工许可"
        assert list(expert.matters.all()) == [matter]

    def test_appoints_a_commissioner_of_division_level_only(self, office):
        row = ["区住房建设委", "钱七", "主任", "专员", "否", MOBILE, "", "", ""]
        response = upload(office, Expert, workbook(POOL, row))
        assert response.status_code == 422
        assert "专员须为处级" in response.content.decode()
        row[4] = "是"
        carry(office, Expert, workbook(POOL, row))
        assert Expert.objects.current().get(rank="COMMISSIONER").person.name == "钱七"

    def test_refuses_all_rows_when_one_is_wrong_and_names_its_place(self, office):
        good = ["区住房建设委", "钱七", "科长", "", "", MOBILE, "", "", ""]
        wrongs = {
            "没有“区不存在局”这个单位": ["区不存在局", "孙八", "", "", "", "", "", "", ""],
            "“部门”没有填": ["", "孙八", "", "", "", "", "", "", ""],
            "“姓名”没有填": ["区水务局", "", "科长", "", "", "", "", "", ""],
            "手机号应为 11 位数字": ["区水务局", "孙八", "", "", "", "1540000", "", "", ""],
            "“身份”请填": ["区水务局", "孙八", "", "组长", "", "", "", "", ""],
            "“处级”请填": ["区水务局", "孙八", "", "", "大概", "", "", "", ""],
            "没有“造飞机”这个类目": ["区水务局", "孙八", "", "", "", "", "", "造飞机", ""],
        }
        response = upload(office, Expert, workbook(POOL, good, *wrongs.values(), above=2))
        text = response.content.decode()
        assert response.status_code == 422
        assert [text.count(words) for words in wrongs] == [1] * len(wrongs)
        rows = response.context["result"].invalid_rows
        assert [row.place for row in rows] == [5, 6, 7, 8, 9, 10, 11]
        assert "confirm_form" not in response.context
        assert not Person.objects.filter(name="钱七").exists()

    def test_tells_namesakes_by_their_post(self, office):
        for title in ("甲科科长", "乙科科长"):
            expert_of("王同", title=title)
        row = ["区住房建设委", "王同", "", "", "", "", "", "", "燃气"]
        assert "几位“王同”" in upload(office, Expert, workbook(POOL, row)).content.decode()
        row[2] = "乙科科长"
        carry(office, Expert, workbook(POOL, row))
        found = Expert.objects.get(matters_note="燃气")
        assert found.person.title == "乙科科长"

    def test_brings_zones_and_officers(self, office):
        unit = unit_of()
        alias = unit.aliases[0] if unit.aliases else unit.name
        rows = [
            [alias, "第一片区", "东至一路", 35, "李春生", "经发办干部", 15400000011, None],
            [unit.name, "第一片区", "", "", "张村官", "甲村党支部书记", "", "40000013"],
        ]
        carry(office, Officer, workbook(TEAM, *rows))
        zone = Zone.objects.get(unit=unit, name="第一片区")
        assert (zone.boundary, zone.reported_count) == ("东至一路", 35)
        officers = {row.person.name: row for row in zone.officers.current()}
        assert officers["李春生"].person.mobile == MOBILE
        assert "待核实" in officers["张村官"].village_reason
        assert "没变 2 行" in carry(office, Officer, workbook(TEAM, *rows)).content.decode()

    def test_refuses_a_count_that_is_none(self, office):
        row = ["渔阳镇", "第一片区", "", "很多", "李春生", "", "", ""]
        assert "请填整数" in upload(office, Officer, workbook(TEAM, row)).content.decode()

    def test_sets_leaders(self, office):
        head = ("单位", "负责人", "职务", "处级", "手机", "座机", "队伍说明")
        carry(
            office, Team, workbook(head, ["渔阳镇", "周镇", "副镇长", "是", MOBILE, "", "每周例会"])
        )
        team = team_of()
        assert (team.leader.name, team.note) == ("周镇", "每周例会")
        wrong = upload(office, Team, workbook(head, ["区水务局", "周局", "", "是", "", "", ""]))
        assert "没有为企服务队伍" in wrong.content.decode()

    def test_says_when_the_roster_changed_since_the_preview(self, office):
        row = ["区住房建设委", "赵敏", "副主任", "专家", "", "", "", "", ""]
        head = head_of()
        response = upload(office, Expert, workbook(POOL, row))
        actions.appoint_commissioner(unit=head.unit, person=head, by=None, now=timezone.now())
        done = confirm(office, Expert, response)
        assert "预览之后名册有变动" in done.content.decode()
        assert not AuditEntry.objects.filter(action="roster.import").exists()

    def test_asks_again_for_a_file_that_is_not_kept_any_more(self, office):
        row = ["区住房建设委", "钱七", "科长", "", "", MOBILE, "", "", ""]
        response = upload(office, Expert, workbook(POOL, row))
        cache.clear()
        assert "请重新上传" in confirm(office, Expert, response).content.decode()

    def test_keeps_the_file_encrypted_meanwhile(self, office):
        text = ",".join(POOL) + f"\n区住房建设委,钱七,科长,,,{MOBILE},,,\n"
        response = upload(office, Expert, text.encode("gb18030"), "名册.csv")
        name = response.context["confirm_form"].initial["import_file_name"]
        kept = cache.get(f"{PURPOSE}:{name}")
        assert kept
        assert MOBILE not in kept
        confirm(office, Expert, response)
        assert cache.get(f"{PURPOSE}:{name}") is None
        assert Expert.objects.filter(person__name="钱七").exists()


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "这个文件是空的"),
            (b"\xd0\xcf\x11\xe0 old", "另存为 .xlsx"),
            (b"PK\x03\x04 broken", "读不出来"),
            (b"\x00\x01\x02", "读不出来"),
            (b"\xff\xff\xff", "读不出来"),
            ("姓名,电话\n钱七,1\n".encode(), "没有找到表头"),
            ((",".join(POOL) + "\n").encode(), "没有数据行"),
            ((",".join(POOL) + ",姓名\n区水务局,x,,,,,,,\n").encode(), "出现了两次"),
        ],
    )
    def test_get_one_sentence_in_chinese(self, office, data, words):
        response = upload(office, Expert, data)
        assert response.status_code == 422
        text = response.content.decode()
        assert words in text
        assert "Traceback" not in text

    def test_are_refused_by_size_before_anything_is_read(self, office, monkeypatch):
        monkeypatch.setattr("apps.roster.admin.lists.MOST_BYTES", 10)
        assert "分成几份" in upload(office, Expert, b"x" * 11).content.decode()

    def test_that_would_fill_the_memory_are_not_unpacked(self, office):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("xl/sharedStrings.xml", b"0" * (65 * 1024 * 1024))
        assert "解开后过大" in upload(office, Expert, target.getvalue()).content.decode()

    def test_with_entities_are_refused(self, office):
        source = workbook(POOL, ["区水务局", "孙八", "", "", "", "", "", "", ""])
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(target, "w") as new:
            for name in old.namelist():
                data = old.read(name)
                if name.endswith("sheet1.xml"):
                    bomb = b'<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b "&a;&a;">]>'
                    data = bomb + data
                new.writestr(name, data)
        assert "读不出来" in upload(office, Expert, target.getvalue()).content.decode()

    def test_with_too_many_rows_are_to_be_split(self, office, monkeypatch):
        monkeypatch.setattr("apps.core.flatfiles.MOST_ROWS", 2)
        rows = [["区水务局", f"孙{n}", "", "", "", "", "", "", ""] for n in range(3)]
        assert "一次最多导入 2 行" in upload(office, Expert, workbook(POOL, *rows)).content.decode()


class TestExport:
    def test_round_trip_changes_nothing(self, office):
        zone = zone_of()
        serve(person_of(landline=LANDLINE), zone)
        actions.confirm_contact(person=Person.objects.get(), by=None, now=timezone.now())
        matter = Category.objects.filter(parent__isnull=False).order_by("pk").first()
        expert_of(matters=[matter], matters_note="=1+1")
        team = team_of()
        actions.set_team_leader(
            team=team, leader=head_of("吴五", "渔阳镇"), by=None, now=timezone.now()
        )
        for model in (Expert, Officer, Team):
            for kind in ("0", "1"):
                sent = office.post(address(model, "export"), {"format": kind, "resource": "0"})
                assert sent.status_code == 200
                text = carry(office, model, sent.content).content.decode()
                assert "新增 0 行，修改 0 行" in text, (model, kind)

    def test_shows_confirmed_numbers_and_masks_the_others(self, office):
        zone = zone_of()
        serve(person_of(), zone)
        second = person_of("王二", mobile=OTHER_MOBILE)
        serve(second, zone)
        actions.confirm_contact(person=second, by=None, now=timezone.now())
        sent = office.post(address(Officer, "export"), {"format": "1", "resource": "0"})
        text = sent.content.decode("utf-8-sig")
        assert "154****0011" in text
        assert MOBILE not in text
        assert OTHER_MOBILE in text

    def test_gives_formulas_as_text(self, office):
        expert_of(matters_note="=HYPERLINK(1)")
        csv = office.post(address(Expert, "export"), {"format": "1", "resource": "0"})
        assert ",'=HYPERLINK(1)" in csv.content.decode("utf-8-sig")
        xlsx = office.post(address(Expert, "export"), {"format": "0", "resource": "0"})
        cells = [
            cell
            for row in load_workbook(io.BytesIO(xlsx.content)).worksheets[0].iter_rows()
            for cell in row
            if cell.value == "=HYPERLINK(1)"
        ]
        assert [cell.data_type for cell in cells] == ["s"]

    def test_takes_the_filter_of_the_list_and_is_recorded(self, office):
        expert_of()
        expert_of("冯九", "区水务局")
        query = f"?unit__id__exact={unit_of('区水务局').pk}"
        sent = office.post(address(Expert, "export") + query, {"format": "1", "resource": "0"})
        text = sent.content.decode("utf-8-sig")
        assert "冯九" in text
        assert "郑六" not in text
        assert "filename*=UTF-8''" in sent.headers["Content-Disposition"]
        assert AuditEntry.objects.get(action="roster.export").note == "导出 1 行"

    def test_page_asks_for_the_format_only(self, office):
        text = office.get(address(Expert, "export")).content.decode()
        assert "导出会记入审计日志" in text
        assert "onchange" not in text
        assert "style=" not in text


class TestPermissions:
    def test_deny_by_default(self, office_chief, login, monkeypatch):
        client = login(office_chief)
        data = workbook(POOL, ["区住房建设委", "钱七", "科长", "", "", MOBILE, "", "", ""])
        response = upload(client, Expert, data)
        kept = type(office_chief).has_perm
        monkeypatch.setattr(
            type(office_chief),
            "has_perm",
            lambda user, code, *args: (
                code not in {"roster.edit_experts", "roster.edit_team", "roster.export_roster"}
                and kept(user, code, *args)
            ),
        )
        assert client.get(address(Expert, "import")).status_code == 403
        assert client.get(address(Expert, "export")).status_code == 403
        assert confirm(client, Expert, response).status_code == 403
        text = client.get(address(Expert)).content.decode()
        assert address(Expert, "import") not in text
