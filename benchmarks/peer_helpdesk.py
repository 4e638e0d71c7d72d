"""django-helpdesk from inside: its settings, its tickets, its statements and its escalation.

``bench_peers.py`` starts this file with the interpreter of the installation that it made for
django-helpdesk, so nothing of our product may be imported here. Each part prints a line of JSON.
"""

import html
import json
import os
import random
import re
import secrets
import sys
import time
from datetime import timedelta
from urllib.parse import quote

#: three characters, asked of ours by bench_pages too
WORD = "变压器"
DUE, IDLE, BATCH, YEARS = 500, 5, 5_000, 3
#: as many rows as a list of ours shows; the interface of both gives 25
ROWS = 20
UNITS = (
    "发展改革委", "教育局", "科技局", "工业信息化局", "公安分局", "民政局", "司法局", "财政局", "人社局",
    "规划资源分局", "住房建设委", "城市管理委", "交通局", "水务局", "农业农村委", "商务局", "文化旅游局",
    "卫生健康委", "应急局", "审计局", "市场监管局", "统计局", "医保局", "政务服务办", "税务局", "消防支队",
    "生态环境局", "供电公司", "燃气公司", "人民法院",
)  # fmt: skip
TOWNS = (
    "渔阳镇",
    "上仓镇",
    "下营镇",
    "邦均镇",
    "马伸桥镇",
    "别山镇",
    "尤古庄镇",
    "官庄镇",
    "出头岭镇",
)
SIGNS = "盛恒瑞泰鑫源顺达福兴隆昌嘉诚信德润丰宏伟永盘山云岭秀水金穗绿野"
TRADES = ("机械制造", "食品加工", "商贸", "建材", "物流", "农业科技", "民宿管理", "包装印刷")
SUBJECTS = (
    ("变压器增容", "新上两条生产线以后变压器带不动，想增容，不知道找哪个窗口，也不知道要等多久"),
    ("夜间施工噪声", "隔壁工地夜里十一点还在打桩，住店的客人退房，打过电话没有见人来"),
    ("污水管网接入", "厂区门口的主管已经通了，申请接入两个月没有回音，眼下只能雇车拉运"),
    ("用地红线核实", "扩建车间时发现围墙和红线差了两米，想请人到现场核实，好把图纸交上去"),
    ("冷棚改暖棚补贴", "去年改了三个冷棚，补贴说是年底发，至今没有到账，问过两次说法不一样"),
    ("营业执照变更", "法人换了以后网上一直提示材料不全，缺哪一份没有写明，跑了三趟"),
    ("社保缴费基数", "新招的二十个人都是季节工，不清楚基数按什么报，怕报错了要补缴"),
    ("消防验收排期", "装修已经完工，验收排到下个月，房租照付，想问能不能先容缺营业"),
    ("道路破损", "门前的路被大车压坏，送货的车绕行，下雨积水，已经影响出货"),
    ("天然气报装", "锅炉煤改气，报装以后一直没有人来勘察，供暖季前要用上"),
    ("招工难", "缺熟练焊工和数控操作工，想参加招聘会，也想问职业学校能不能送人实习"),
    ("出口退税进度", "三季度的退税申报已经两个月，系统里一直显示审核中，资金周转紧张"),
    ("农业电价", "烘干房按一般工商业收电费，同村的按农业收，想请人核一核分类"),
    ("环评手续", "同样的设备换了新型号，产量不变，想问要不要重新做环评，还是登记就行"),
)
ANSWERS = ("已联系企业，材料补齐后三个工作日办结。", "现场看过，已安排施工，企业表示满意。")

SETTINGS = """\
import os
from urllib.parse import unquote, urlsplit

SECRET_KEY = {secret!r}
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "peer_urls"
INSTALLED_APPS = [
    *("django.contrib." + name for name in (
        "admin", "auth", "contenttypes", "sessions", "sites", "messages", "staticfiles", "humanize",
    )),
    "rest_framework", "helpdesk", "django_cleanup.apps.CleanupConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {{"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]}},
}}]
LANGUAGE_CODE, TIME_ZONE, USE_TZ, SITE_ID = "zh-hans", "Asia/Shanghai", True, 1
LOGIN_URL, LOGIN_REDIRECT_URL, STATIC_URL, MEDIA_ROOT = "helpdesk:login", "/", "/static/", {media!r}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # written, not sent
HELPDESK_TEAMS_MODE_ENABLED = False
server = urlsplit(os.environ.get("PEER_DATABASE", ""))
if server.scheme:
    DATABASES = {{"default": {{
        "ENGINE": "django.db.backends.postgresql", "NAME": server.path[1:],
        "USER": unquote(server.username or ""), "PASSWORD": unquote(server.password or ""),
        "HOST": server.hostname or "", "PORT": str(server.port or ""),
        "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True,
    }}}}
else:  # as fast as it gets: ours also has synchronous=FULL and secure_delete
    DATABASES = {{"default": {{
        "ENGINE": "django.db.backends.sqlite3", "NAME": {file!r},
        "OPTIONS": {{"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command":
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA temp_store=MEMORY;"
            "PRAGMA cache_size=-64000;PRAGMA mmap_size=268435456"}},
    }}}}
"""
URLS = """\
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("", include("helpdesk.urls"))]
"""


def site(folder):
    """Write the settings and the addresses of an installation into its folder."""
    text = SETTINGS.format(
        secret=secrets.token_urlsafe(40), media=str(folder / "media"), file=str(folder / "peer.db")
    )
    (folder / "peer_settings.py").write_text(text, encoding="utf-8")
    (folder / "peer_urls.py").write_text(URLS, encoding="utf-8")


# ---- what is asked, inside and over HTTP --------------------------------------------------------
def pages(known):
    """Return (label, address, label of ours in bench_pages, whether its rows come afterwards)."""
    one = f"/tickets/?queue={known['queue']}"
    return [
        ("列表 一个队列，在办", f"{one}&status=1&status=2", "列表 某主办单位在办", True),
        ("列表 一个队列，全部", one, "列表 某类别全部", True),
        ("看板", "/dashboard/", "看板 全区", False),
        (f"搜索 {WORD}", f"/tickets/?search_type=header&q={quote(WORD)}", f"搜索 {WORD}", True),
        ("工单页 在办", f"/tickets/{known['ticket']}/", "工单页 在办", False),
        ("接口 工单列表，25 行", "/api/tickets/", "接口 工单列表", False),
    ]


def rows_of(body):
    """Return where the page's script fetches its rows: the page itself holds none."""
    found = re.search(r'"(/datatables_ticket_list/[^"]+)"', body.decode())[1]
    return f"{html.unescape(found)}?draw=1&start=0&length={ROWS}"


def check_rows(body):
    """Refuse an answer without rows: it would be fast for nothing."""
    if not json.loads(body)["data"]:
        raise SystemExit("a list or search of django-helpdesk found nothing")


def form(token, queue, number):
    """Return what a member of staff types for a new ticket; without an address no mail is made."""
    title, text = SUBJECTS[number % len(SUBJECTS)]
    return {
        "csrfmiddlewaretoken": token, "queue": queue, "title": f"{title} {number}", "body": text,
        "priority": "3", "due_date": "", "assigned_to": "", "submitter_email": "",
    }  # fmt: skip


# ---- filling ------------------------------------------------------------------------------------
def staff():
    """Open one account for each queue and the one that is measured; return them."""
    from django.contrib.auth.models import User

    password = secrets.token_urlsafe(12)
    people = [
        User.objects.create_user(
            name, f"{name}@example.invalid", password, is_staff=True, first_name=f"经办人{number}"
        )
        for number, name in enumerate(["staff", *(f"staff{one}" for one in range(len(UNITS)))])
    ]
    return people, password


def ticket(number, count, queues, people, now, rng):
    """Return an unsaved ticket: three years, the last ones mostly open, 2.5 % of all."""
    from helpdesk.models import Ticket

    age = YEARS * 365 * (1 - (number + 0.5) / count)
    created = now - timedelta(days=age)
    is_open = rng.random() < (0.35 if age < 60 else 0.006)
    closed = rng.choices((4, 3, 5), (97, 2, 1))[0]
    subject, text = SUBJECTS[rng.randrange(len(SUBJECTS))]
    name = f"天津市{''.join(rng.sample(SIGNS, 2))}{rng.choice(TRADES)}有限公司"
    asked = f"{name}（{rng.choice(TOWNS)}）反映：{text}。盼回复，联系时间工作日上午。"
    return Ticket(
        title=f"{name}：{subject}",
        description=asked,
        resolution="" if is_open else rng.choice(ANSWERS),
        queue=rng.choice(queues),
        created=created,
        modified=created if is_open else min(now, created + timedelta(days=rng.randint(1, 12))),
        due_date=created + timedelta(days=10),
        status=rng.choice((1, 1, 1, 2)) if is_open else closed,
        priority=rng.choices((2, 3, 4, 5), (1, 6, 2, 1))[0],
        submitter_email=f"firm{rng.randrange(5_000)}@example.invalid",
        assigned_to=None if is_open and rng.random() < 0.3 else rng.choice(people),
        last_escalation=now if is_open else None,  # nothing is due at first
    )


def fill(count):
    """Write the queues and tickets, each with what its form and its closing leave behind."""
    from django.db import connection
    from django.utils import timezone
    from helpdesk.models import FollowUp, Queue, Ticket

    for name in ("created", "modified"):  # else all of them would be of this minute
        field = Ticket._meta.get_field(name)
        field.auto_now = field.auto_now_add = False
    rng, now = random.Random(20260318), timezone.now()
    people, password = staff()
    queues = [
        Queue.objects.create(
            title=f"区{unit}", slug=f"unit{number}", email_address=f"unit{number}@example.invalid",
            escalate_days=7,
        )
        for number, unit in enumerate(UNITS)
    ]  # fmt: skip
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        batch = [ticket(number, count, queues, people, now, rng) for number in numbers]
        Ticket.objects.bulk_create(batch)
        told = [
            FollowUp(ticket=one, date=one.created, title="工单已登记", comment=one.description,
                     public=True, user=one.assigned_to)
            for one in batch
        ]  # fmt: skip
        told += [
            FollowUp(ticket=one, date=one.modified, title="已办结", comment=one.resolution,
                     public=True, user=one.assigned_to, new_status=one.status)
            for one in batch if one.resolution
        ]  # fmt: skip
        FollowUp.objects.bulk_create(told, batch_size=BATCH)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    is_open = Ticket.objects.filter(status__in=Ticket.OPEN_STATUSES)
    last = is_open.order_by("-pk")[0]
    return {
        "tickets": count, "open_tickets": is_open.count(), "queues": len(queues),
        "vendor": connection.vendor, "password": password, "queue": last.queue_id, "ticket": last.pk,
    }  # fmt: skip


# ---- statements, processor time, escalation -----------------------------------------------------
class Counter:
    """Counts statements; it gives up after so many seconds, for some pages ask one per ticket."""

    def __init__(self, seconds):
        self.count, self.until = 0, time.perf_counter() + seconds

    def __call__(self, run, sql, params, many, context):
        if time.perf_counter() > self.until:
            raise TimeoutError
        self.count += 1
        return run(sql, params, many, context)


def visit(client, address, has_rows):
    """Ask for a page, and for its rows where they come afterwards."""
    answer = client.get(address)
    if answer.status_code == 200 and has_rows:
        answer = client.get(rows_of(answer.content))
        check_rows(answer.content)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")


def inside(known, seconds):
    """Return [statements, CPU ms] of each page in this process; None: not within the seconds."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client

    settings.ALLOWED_HOSTS = ["*"]
    client, found = Client(), []
    client.force_login(User.objects.get(username="staff"))
    client.get("/settings/")  # what a process reads once
    for _label, address, _ours, has_rows in pages(known):
        counter, cpu, began = Counter(seconds), [], time.perf_counter()
        try:
            with connection.execute_wrapper(counter):
                visit(client, address, has_rows)
            spent = time.perf_counter() - began
            for _ in range(3 if spent * 4 < seconds else 1):
                started = time.process_time()
                visit(client, address, has_rows)
                cpu.append((time.process_time() - started) * 1000)
        except TimeoutError:
            found.append([counter.count, None])
        else:
            found.append([counter.count, min(cpu)])
    return found


def escalate(seconds):
    """Run the command with nothing due, then with some due; return times and statements."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone
    from helpdesk.models import Ticket

    def run():
        counter, started, cpu = Counter(seconds), time.perf_counter(), time.process_time()
        with connection.execute_wrapper(counter):
            call_command("escalate_tickets")
        return time.perf_counter() - started, time.process_time() - cpu, counter.count

    now = timezone.now()
    run()  # what a process reads once
    idle = sorted(run() for _ in range(IDLE))[IDLE // 2]
    rows = Ticket.objects.filter(status__in=Ticket.OPEN_STATUSES, priority__gt=1, on_hold=False)
    pks = list(rows.filter(last_escalation__lte=now).values_list("pk", flat=True)[:DUE])
    Ticket.objects.filter(pk__in=pks).update(last_escalation=now - timedelta(days=30))
    try:
        due = run()
    except TimeoutError:
        due = None
    rung = Ticket.objects.filter(pk__in=pks, last_escalation__gte=now).count()
    if due and rung != len(pks):
        raise SystemExit(f"{rung} of {len(pks)} due tickets were escalated")
    return {"idle": idle, "due": due, "count": len(pks)}


def main():
    """Do one part, print its figures."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "peer_settings"
    django.setup()
    part, given = sys.argv[1], sys.argv[2:]
    if part == "fill":
        found = fill(int(given[0]))
    elif part == "inside":
        found = inside(json.loads(given[0]), float(given[1]))
    else:
        found = escalate(float(given[0]))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
