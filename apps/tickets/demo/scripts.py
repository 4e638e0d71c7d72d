"""The branches of domain.md §12 (配套流程样例) as scripts: each yields the steps of one ticket."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.roster.models import Expert, Unit
from apps.tickets.choices import Outcome, Status
from apps.tickets.demo.play import Play, Step

ASKS_EXPERT = {1, 10, 17, 36}


def answer_of(play: Play) -> str:
    """Return an answer an enterprise can use: what was done, who calls, what next."""
    unit = play.lead.name if play.sample.tier != "ONSITE" else play.town.name
    return f"您反映的事项已经办理：{play.sample.outline}。由{unit}经办，有疑问请按联系卡上的号码找我们。"


def outcome_of(play: Play) -> str:
    """Return the outcome that fits the nature."""
    return Outcome.CONSULTED if play.sample.nature == "CONSULT" else Outcome.RESOLVED


# ---- pieces ----------------------------------------------------------------------------------
def followed_up(play: Play, day: int) -> Iterator[Step]:
    """Call back; praise needs no call."""
    play.ticket.refresh_from_db()
    if play.ticket.status != Status.PENDING_FOLLOWUP:
        return
    clerk = play.cast.one(Role.FOLLOWUP_CLERK)
    if play.sample.nature == "PRAISE":
        yield Step(day, 10, "close_exempt", clerk, {"cause": "PRAISE", "note": "表扬件"})
    else:
        yield Step(day, 10, "close", clerk, play.grades())


def to_hub(play: Play, day: int = 0) -> Iterator[Step]:
    """Hand over to the hub, with what was tried."""
    if play.ticket.status != Status.REGISTERED:
        return
    data: dict[str, Any] = {
        "tried": "查了应答手册，也向部门专家核了口径，答复不了全部问题",
        "reason": "需要主管部门实地核实并给出办理意见",
        "suggested": play.lead,
        "collected_via": "HOTLINE",
    }
    yield Step(day, 15, "escalate_hub", play.officer, data)


def dispatched(play: Play, day: int, lead: Unit | None = None) -> Iterator[Step]:
    """The hub gives it to the lead and the assisting units."""
    lead = lead or play.lead
    complained = play.ticket.complained_unit_id
    helpers = [unit for unit in play.assists if unit.pk not in {lead.pk, complained}]
    dispatcher = play.cast.one(Role.HUB_CHIEF if play.ticket.is_restricted else Role.HUB_DISPATCHER)
    yield Step(day, 9, "dispatch", dispatcher, {"lead": lead, "assists": helpers})


def accepted(play: Play, day: int) -> Iterator[Step]:
    """The lead takes it and speaks to the enterprise; for hidden ones the first unit does."""
    yield Step(day, 11, "accept", play.handler)
    speaker = first_speaker(play) if play.ticket.hides_entity else play.handler
    data: dict[str, Any] = {"told_by": "PHONE", "text": "已电话联系，核对了诉求和需要的材料"}
    yield Step(day, 14, "contact", speaker, data)


def first_speaker(play: Play) -> User:
    """Return who speaks for the first unit: the township, or the hub in its place."""
    if play.ticket.first_unit_id == play.town.pk:
        return play.officer
    return play.cast.one(Role.HUB_CHIEF)


def assisted(play: Play, day: int, answer: str = "") -> Iterator[Step]:
    """Each assisting unit gives its opinion."""
    text = answer or "已核对本单位职责范围内的事项，没有不同意见"
    for one in play.case().open_assists:
        yield Step(day, 10, "answer_assist", play.cast.speaker(one.unit), {"answer": text})


def submitted(play: Play, day: int) -> Iterator[Step]:
    """The result, told to the enterprise."""
    data: dict[str, Any] = {"outcome": outcome_of(play), "answer": answer_of(play)}
    if not play.ticket.hides_entity:
        data |= {"told_by": "PHONE", "told_whom": play.ticket.contact_name[:30]}
    yield Step(day, 15, "submit_result", play.handler, data)
    if play.ticket.hides_entity:
        told = {"text": answer_of(play), "told_by": "PHONE"}
        yield Step(day, 16, "give_feedback", first_speaker(play), told)


def reviewed(play: Play, day: int) -> Iterator[Step]:
    """The hub reads the answer."""
    yield Step(day, 10, "approve_result", play.cast.one(Role.OFFICE_CLERK))


def handled(play: Play, day: int) -> Iterator[Step]:
    """From acceptance to the end, as it should be."""
    yield from accepted(play, day)
    yield from assisted(play, day + 2)
    yield from submitted(play, day + 4)
    yield from reviewed(play, day + 5)
    yield from followed_up(play, day + 6)


# ---- branches --------------------------------------------------------------------------------
def onsite(play: Play) -> Iterator[Step]:
    """即时办: answered on the spot, with an expert's help where there is one."""
    expert = (
        Expert.objects.current().filter(unit=play.lead).select_related("person").order_by("pk")
    ).first()
    if play.sample.number in ASKS_EXPERT and expert is not None:
        question = {"expert": expert, "question": f"请核一下口径：{play.sample.outline}"}
        yield Step(0, 9, "request_expert", play.officer, question)
        asked = play.case().assists[-1]
        data = {"asked": asked, "answer": f"口径如下：{play.sample.outline}"}
        yield Step(0, 11, "answer_expert", play.cast.of(play.lead, *DEPARTMENT), data)
    data = {
        "outcome": outcome_of(play),
        "answer": answer_of(play),
        "told_by": "PHONE",
    }
    yield Step(0, 16, "resolve_onsite", play.officer, data)
    yield from followed_up(play, 2)


DEPARTMENT = (Role.LIAISON, Role.COMMISSIONER)


def plain(play: Play) -> Iterator[Step]:
    """中枢办 without incident."""
    yield from to_hub(play)
    yield from dispatched(play, 1)
    yield from handled(play, 1)


def returned(play: Play) -> Iterator[Step]:
    """Returned once, with a clause, and given to another (#13)."""
    wrong = play.assists[0]
    yield from to_hub(play)
    yield from dispatched(play, 1, lead=wrong)
    data: dict[str, Any] = {
        "code": "R1",
        "basis": "本单位“三定”规定中没有此项职责，电价执行由供电企业负责",
        "suggested": play.lead,
        "confirmed_by": "业务科科长",
    }
    yield Step(1, 15, "request_return", play.cast.speaker(wrong), data)
    chief = play.cast.one(Role.HUB_CHIEF)
    yield Step(1, 16, "approve_return", chief, {"opinion": "理由成立，改派"})
    yield from dispatched(play, 2)
    yield from handled(play, 2)


def designated(play: Play) -> Iterator[Step]:
    """Returned twice, then designated after a consultation (#38)."""
    yield from to_hub(play)
    chief = play.cast.one(Role.HUB_CHIEF)
    for day, unit in ((1, play.assists[0]), (2, play.lead)):
        yield from dispatched(play, day, lead=unit)
        data = {
            "code": "R1",
            "basis": "本单位职责清单里没有此项，请改派",
            "confirmed_by": "办公室主任",
        }
        yield Step(day, 14, "request_return", play.cast.speaker(unit), data)
        yield Step(day, 16, "approve_return", chief, {"opinion": "同意，再行会商"})
    after: dict[str, Any] = {
        "lead": play.lead,
        "consultation": "经与两家单位会商，由出租方主管部门牵头协商减免差额",
    }
    yield Step(3, 10, "designate", chief, after)
    yield from handled(play, 3)


def denied_return(play: Play) -> Iterator[Step]:
    """A return that is not granted counts as accepted (#40)."""
    yield from to_hub(play)
    yield from dispatched(play, 1)
    data: dict[str, Any] = {
        "code": "R5",
        "basis": "减免口径由上级部门解释",
        "confirmed_by": "业务科科长",
    }
    yield Step(1, 14, "request_return", play.handler, data)
    chief = play.cast.one(Role.HUB_CHIEF)
    yield Step(1, 17, "deny_return", chief, {"opinion": "联合验收由贵单位牵头，请主动受理"})
    yield from assisted(play, 3)
    yield from submitted(play, 5)
    yield from reviewed(play, 6)
    yield from followed_up(play, 7)


def extended(play: Play) -> Iterator[Step]:
    """Asked for more days in time, with the enterprise told (#19)."""
    yield from to_hub(play)
    yield from dispatched(play, 1)
    yield from accepted(play, 1)
    data: dict[str, Any] = {
        "days": 5,
        "reason": "喷淋方案须现场复核，施工单位下周进场",
        "told_by": "PHONE",
        "told_on": play.today,
    }
    yield Step(4, 10, "request_extension", play.handler, data)
    chief = play.cast.one(Role.HUB_CHIEF)
    yield Step(4, 16, "approve_extension", chief, {"opinion": "同意，请按新时限办结"})
    yield from assisted(play, 6)
    yield from submitted(play, 9)
    yield from reviewed(play, 10)
    yield from followed_up(play, 11)


def suspended(play: Play) -> Iterator[Step]:
    """Waits for the enterprise's papers (#26)."""
    yield from to_hub(play)
    yield from dispatched(play, 1)
    yield from accepted(play, 1)
    data: dict[str, Any] = {
        "days": 5,
        "reason": "补认证证书原件和账户信息",
        "evidence": "短信告知，截图在案",
    }
    yield Step(3, 10, "suspend", play.handler, data)
    yield Step(6, 10, "unsuspend", play.handler, {"note": "材料已补齐"})
    yield from assisted(play, 7)
    yield from submitted(play, 8)
    yield from reviewed(play, 9)
    yield from followed_up(play, 10)


def supervised(play: Play) -> Iterator[Step]:
    """Overdue: pressed by the hub, then ordered by the office (#16)."""
    yield from to_hub(play)
    yield from dispatched(play, 1)
    yield from accepted(play, 1)
    chief, clerk = play.cast.one(Role.HUB_CHIEF), play.cast.one(Role.OFFICE_CLERK)
    yield Step(8, 9, "urge", chief, {"text": "今天到期，请尽快办结并反馈企业"})
    data: dict[str, Any] = {
        "unit": play.lead,
        "level": "ORDER",
        "demand": "已超期，请说明原因并限期办结",
        "days": 3,
    }
    yield Step(9, 10, "supervise", clerk, data)
    order = play.case().supervisions[-1]
    reply = {"supervision": order, "text": "限高权属已查清，本周内办结，今后按时限提前报告"}
    yield Step(11, 10, "reply_supervision", play.handler, reply)
    yield from assisted(play, 12)
    yield from submitted(play, 12)
    yield from reviewed(play, 13)
    yield from followed_up(play, 14)


def redone(play: Play) -> Iterator[Step]:
    """The enterprise is not content: done again (#29)."""
    yield from to_hub(play)
    yield from dispatched(play, 1)
    yield from accepted(play, 1)
    yield from assisted(play, 2)
    yield from submitted(play, 4)
    yield from reviewed(play, 5)
    clerk = play.cast.one(Role.FOLLOWUP_CLERK)
    data: dict[str, Any] = {
        "cause": "UNSOLVED",
        "opinion": "企业反映只发了产品清单，没有银行对接，请重新办理",
    }
    yield Step(6, 10, "redo", clerk, data)
    yield from submitted(play, 8)
    yield from reviewed(play, 9)
    yield from followed_up(play, 10)


def withdrawn(play: Play) -> Iterator[Step]:
    """The enterprise takes it back; each such ticket is inspected (#22)."""
    yield from to_hub(play)
    yield from dispatched(play, 1)
    yield from accepted(play, 1)
    data: dict[str, Any] = {
        "told_by": "PHONE",
        "reason": "几户已同意继续履约，不用再协调",
        "record_no": "LY-0022",
    }
    yield Step(3, 10, "withdraw", play.officer, data)
    clerk = play.cast.one(Role.FOLLOWUP_CLERK)
    data = {"passed": "YES", "opinion": "回访企业，确系本人提出"}
    yield Step(4, 10, "inspect", clerk, data)


def united(play: Play) -> Iterator[Step]:
    """Assisting units differ; the lead gives one written answer (#33)."""
    yield from to_hub(play)
    yield from dispatched(play, 1)
    yield from accepted(play, 1)
    yield from assisted(play, 2, "本单位对楼层的要求与其他单位不一致，建议由主办单位统一口径")
    data: dict[str, Any] = {
        "text": "已召集协办单位核对规范条文，形成一个书面口径",
        "is_public": True,
    }
    yield Step(3, 10, "progress", play.handler, data)
    yield from submitted(play, 5)
    yield from reviewed(play, 6)
    yield from followed_up(play, 7)


# ---- the upper tiers -------------------------------------------------------------------------
def to_joint(play: Play, day: int) -> Iterator[Step]:
    """The lead's head, or the hub where there is no lead yet, proposes the joint meeting."""
    chief = play.cast.one(Role.HUB_CHIEF)
    data: dict[str, Any] = {
        "cause": "DISTRICT",
        "obstacle": f"几家单位各管一段，需要区级统筹：{play.sample.outline}",
        "done": "主办单位已会同协办单位现场查看并提出方案",
        "units": play.assists,
    }
    yield Step(day, 10, "escalate_joint", chief, data)
    office = play.cast.one(Role.OFFICE_CLERK)
    data = {
        "asked_on": play.today,
        "leader": "分管副区长",
        "instruction": "同意上会，请相关部门会前拿出方案",
    }
    yield Step(day + 2, 15, "approve_joint", office, data)


def met(play: Play, day: int) -> Iterator[Step]:
    """The meeting says who does what until when."""
    office = play.cast.one(Role.OFFICE_CLERK)
    data: dict[str, Any] = {
        "meeting": "区优化营商环境联席会议专题会",
        "held_on": play.today,
        "resolution": play.sample.outline,
        "unit": play.lead,
        "due_on": play.today + timedelta(days=20),
    }
    yield Step(day, 15, "add_meeting", office, data)


def joint(play: Play) -> Iterator[Step]:
    """联动办: approved, met, told, finished."""
    yield from to_hub(play)
    yield from dispatched(play, 1)
    yield from accepted(play, 1)
    yield from to_joint(play, 4)
    yield from met(play, 9)
    office = play.cast.one(Role.OFFICE_CLERK)
    stage = {"text": "会议已定责任单位和时间，正在落实", "is_public": True, "is_stage_reply": True}
    yield Step(12, 10, "progress", office, stage)
    speaker = first_speaker(play) if play.ticket.hides_entity else play.handler
    told = {"text": answer_of(play), "told_by": "VISIT"}
    yield Step(15, 10, "give_feedback", speaker, told)
    data: dict[str, Any] = {
        "done": "议定事项已全部完成",
        "outcome": outcome_of(play),
        "answer": answer_of(play),
    }
    yield Step(15, 15, "finish_joint", office, data)
    yield from followed_up(play, 17)


def tracked(play: Play) -> Iterator[Step]:
    """Depends on a plan of investment: tracked until the planned day (#12)."""
    yield from to_hub(play)
    yield from dispatched(play, 1)
    yield from accepted(play, 1)
    yield from to_joint(play, 3)
    yield from met(play, 8)
    data: dict[str, Any] = {
        "basis": "YEAR_PLAN",
        "plan_on": play.stage.now.date() + timedelta(days=90),
        "reason": "管网建设已列入明年投资计划，资金随预算下达",
        "told_by": "VISIT",
    }
    yield Step(9, 10, "request_track", play.handler, data)
    chief = play.cast.one(Role.OFFICE_CHIEF)
    yield Step(9, 16, "track", chief, {"opinion": "计划已落实，请每月更新进展"})
    text = {"text": "施工图已审完，正在办理招标", "is_public": True}
    yield Step(25, 10, "progress", play.handler, text)


def tracked_to_the_end(play: Play) -> Iterator[Step]:
    """As above, and the plan is carried out."""
    yield from tracked(play)
    yield Step(30, 10, "resume", play.handler, {"note": "管网提前接通"})
    office = play.cast.one(Role.OFFICE_CLERK)
    told = {"text": answer_of(play), "told_by": "VISIT"}
    yield Step(31, 10, "give_feedback", play.handler, told)
    data: dict[str, Any] = {"done": "管网已接通", "outcome": "RESOLVED", "answer": answer_of(play)}
    yield Step(31, 15, "finish_joint", office, data)
    yield from followed_up(play, 33)


def city(play: Play) -> Iterator[Step]:
    """提级办: letter, stage replies, both sides tell the enterprise."""
    yield from to_hub(play)
    yield from dispatched(play, 1)
    yield from accepted(play, 1)
    yield from to_joint(play, 3)
    chief, office = play.cast.one(Role.OFFICE_CHIEF), play.cast.one(Role.OFFICE_CLERK)
    data: dict[str, Any] = {
        "cause": "CROSS_REGION",
        "done": f"区级已开会研究并两次函商：{play.sample.outline}",
        "wish": "请市级协调有关方面明确办理渠道",
    }
    yield Step(7, 10, "escalate_city", chief, data)
    letter = {
        "letter_no": f"蓟营商函〔{play.today.year}〕{play.sample.number}号",
        "sent_on": play.today,
        "receiver": "天津市政务服务办公室",
    }
    yield Step(8, 10, "send_city", office, letter)
    stage = {"text": "市级已受理，正在会商", "is_public": True, "is_stage_reply": True}
    yield Step(16, 10, "progress", office, stage)
    told = {"text": answer_of(play), "told_by": "VISIT"}
    yield Step(24, 10, "give_feedback", play.handler, told)
    yield Step(24, 11, "give_feedback", play.officer, told)
    data = {
        "opinion": "市级已明确办理渠道和责任处室",
        "outcome": outcome_of(play),
        "answer": answer_of(play),
    }
    yield Step(25, 10, "city_reply", office, data)
    yield from followed_up(play, 27)


def rejected(play: Play) -> Iterator[Step]:
    """Not within the district's power."""
    yield from to_hub(play)
    data: dict[str, Any] = {
        "code": "PROCEDURE",
        "basis": "同一合同纠纷已由法院立案",
        "advice": "请向承办法官反映，需要时可到公共法律服务中心咨询",
        "told_by": "PHONE",
    }
    yield Step(1, 10, "reject", play.cast.one(Role.HUB_CHIEF), data)
