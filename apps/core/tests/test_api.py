"""The API denies by default and masks phones."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from apps.core.access import rule_of
from apps.core.serializers import MaskedPhoneField


class TestDefaults:
    def test_a_view_without_a_permission_answers_nobody(self):
        class Open(APIView):
            def get(self, request):
                raise AssertionError("ran without a permission")

        request = APIRequestFactory().get("/")
        request.user = AnonymousUser()
        assert Open.as_view()(request).status_code == 401
        assert rule_of(Open.as_view()) is None
        assert settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"] == ["apps.core.api.Deny"]


class TestMaskedPhoneField:
    def test_masks_and_takes_nothing_in(self):
        field = MaskedPhoneField()
        assert field.to_representation("13800001234") == "138****1234"
        assert field.read_only
