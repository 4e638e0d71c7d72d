"""Forms of the accounts."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts

from apps.accounts.choices import RevealReason, Role
from apps.accounts.models import User
from apps.roster.models import Person, Unit


class LoginForm(forms.Form):
    """账号、密码."""

    username = forms.CharField(
        label="账号",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        error_messages={"required": "请填写账号"},
    )
    password = forms.CharField(
        label="密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "请填写密码"},
    )
    remember = forms.BooleanField(label="记住账号（不记密码）", required=False)

    def clean_username(self) -> str:
        """Account names are lower-case; a capital typed by a phone's keyboard is forgiven."""
        return str(self.cleaned_data["username"]).strip().lower()


class PhraseForm(forms.Form):
    """A sentence to keep."""

    text = forms.CharField(
        label="新的常用语",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写一句常用的话，至少 2 个字。"},
    )
    is_shared = forms.BooleanField(
        label="本单位的人都能用",
        required=False,
    )


class CodeForm(forms.Form):
    """The six digits of the second factor."""

    code = forms.CharField(
        label="验证码",
        max_length=10,
        help_text="打开手机上的验证器，填 6 位数字。",
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}
        ),
        error_messages={"required": "请填写 6 位验证码"},
    )

    def clean_code(self) -> str:
        """Return six digits."""
        code = "".join(char for char in self.cleaned_data["code"] if char.isdecimal())
        if len(code) != 6:
            raise forms.ValidationError("验证码是 6 位数字")
        return code


class PasswordForm(forms.Form):
    """Old password, new password twice."""

    old_password = forms.CharField(
        label="现在的密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "请填写现在的密码"},
    )
    new_password = forms.CharField(
        label="新密码",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "请填写新密码"},
    )
    again = forms.CharField(
        label="再填一遍新密码",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "请再填一遍新密码"},
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["new_password"].help_text = "".join(password_validators_help_texts()[:4])

    def clean_old_password(self) -> str:
        """The old password must be right."""
        old = str(self.cleaned_data["old_password"])
        if not self.user.check_password(old):
            raise forms.ValidationError("现在的密码不对")
        return old

    def clean(self) -> dict[str, Any]:
        """Both new ones must be the same."""
        data = super().clean() or {}
        new, again = data.get("new_password"), data.get("again")
        if new and again and new != again:
            self.add_error("again", "两次填的新密码不一样")
        return data


class RevealForm(forms.Form):
    """Why the number is needed."""

    reason = forms.ChoiceField(
        label="查看原因",
        choices=RevealReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选查看原因"},
    )
    note = forms.CharField(
        label="说明", max_length=200, required=False, help_text="可不填；选“其他”时请写明。"
    )


class AccountForm(forms.Form):
    """Open one account."""

    unit = forms.ModelChoiceField(
        label="单位",
        queryset=Unit.objects.none(),
        required=False,
        empty_label="不属于单位（三员、区领导、督导）",
    )
    person = forms.ModelChoiceField(
        label="名册人员", queryset=Person.objects.none(), required=False, empty_label="不关联名册"
    )
    name = forms.CharField(label="姓名", max_length=60, error_messages={"required": "请填写姓名"})
    username = forms.CharField(
        label="账号",
        max_length=60,
        required=False,
        help_text="小写字母开头；不填则按姓名拼音自动生成。",
    )
    roles = forms.MultipleChoiceField(
        label="岗位",
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "至少选一个岗位"},
    )


class RolesForm(forms.Form):
    """Change an account's roles."""

    roles = forms.MultipleChoiceField(
        label="岗位",
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "至少选一个岗位"},
    )


class CloseForm(forms.Form):
    """Why an account is closed."""

    reason = forms.CharField(
        label="停用原因",
        max_length=200,
        error_messages={"required": "请写明停用原因，如调离、退休"},
    )


class UnitPickForm(forms.Form):
    """Which unit gets accounts."""

    unit = forms.ModelChoiceField(
        label="单位", queryset=Unit.objects.none(), error_messages={"required": "请选单位"}
    )
