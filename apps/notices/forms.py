"""The form of the messages."""

from django import forms


class SettingForm(forms.Form):
    """通知方式: the address; the switches stand in the template and come as ``on``."""

    use_required_attribute = False
    email = forms.EmailField(
        label="工作邮箱",
        required=False,
        max_length=120,
        help_text="不填就不发邮件。邮件里只写“请登录系统查看”，不写企业和诉求",
        error_messages={
            "invalid": "邮箱应写成 zhang@example.com 的样子。",
            "max_length": "邮箱太长，最多 120 个字符。",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "maxlength": 120}),
    )
