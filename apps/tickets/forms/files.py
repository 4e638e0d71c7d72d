"""Forms of the tickets' screens."""

from django import forms


class AttachForm(forms.Form):
    """A file for a ticket; the action checks the content."""

    file = forms.FileField(
        label="附件",
        allow_empty_file=True,
        max_length=None,
        help_text="PDF、Word、Excel、WPS、OFD、JPG、PNG，每个不超过 20 MB。请遮住身份证号码。",
        widget=forms.FileInput(
            attrs={"accept": ".pdf,.docx,.xlsx,.doc,.xls,.wps,.et,.ofd,.jpg,.jpeg,.png"}
        ),
        error_messages={"required": "请选一个文件", "invalid": "请选一个文件"},
    )
    is_public = forms.BooleanField(label="企业可见", required=False)
    for_handlers = forms.BooleanField(label="里面看不出是哪家企业，承办单位可以看", required=False)

    def __init__(self, *args: object, hides_entity: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not hides_entity:
            del self.fields["for_handlers"]
