"""Rules about who may serve, read from a post's name (plan one (三); Appendix 1, note 1). Pure."""

import re
import unicodedata

#: posts that the plan rules out: work must not be passed on to village or community staff
_VILLAGE = re.compile(
    r"(?<!农)村(?:级)?(?:党)?(?:支部|总支|支委)*(?:书记|支书|主任|委员|会计|文书|干部|两委|委会|民委|长)"
    r"|(?<!农)村(?:委|支书|民小组)"
    r"|居委|居民委|居民小组"
    r"|社区(?:党)?(?:支部|总支|党委|工作站)*(?:书记|主任|委员|干部|工作者|工作人员|专职|两委)"
    r"|网格员|网格长|楼门长|楼栋长"
)
#: town staff who look after villages are only advised against; taken out before the rule above
_ATTACHED = re.compile(
    r"(?:包|驻|联)(?:村|社区)(?:（社区）|\(社区\)|社区)?(?:工作队|第一)?(?:队员|队长|书记|干部|负责人)?"
)
_ADVISED = ("党建", "党群", "党务", "组织", "宣传", "统战", "纪检", "纪委", "监察")
_ADVISED_ATTACHED = ("包村", "驻村", "联村", "包社区", "驻社区")

REFUSAL = (
    "“{title}”属于村（社区）岗位，方案一（三）要求不得转嫁摊派至村（社区）工作人员。"
    "请换镇街工作人员；确需例外的，勾选“例外允许”并写明理由（至少 10 个字）。"
)


def _plain(title: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", title))


def is_village_post(title: str) -> bool:
    """Say whether a post is one of village or community staff."""
    return bool(_VILLAGE.search(_ATTACHED.sub("", _plain(title))))


def advised_against(title: str) -> list[str]:
    """Return the words of a post because of which Appendix 1 advises against it."""
    plain = _plain(title)
    return [word for word in (*_ADVISED, *_ADVISED_ATTACHED) if word in plain]


def advice(title: str) -> str:
    """Return the soft warning for a post, or an empty string."""
    words = advised_against(title)
    if not words:
        return ""
    return f"职务含“{'、'.join(words)}”，附件 1 不建议纳入为企服务人员，请核对。"
