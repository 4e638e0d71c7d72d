"""Addresses of the accounts."""

from django.urls import path, re_path

from apps.accounts.views import entrance, manage, own, tokens

app_name = "accounts"
urlpatterns = [
    path("login/", entrance.log_in, name="login"),
    path("login/code/", entrance.code, name="code"),
    path("logout/", entrance.log_out, name="logout"),
    path("me/", own.me, name="me"),
    path("me/password/", entrance.password, name="password"),
    path("me/second-factor/", entrance.second_factor, name="second-factor"),
    re_path(r"^me/sessions/(?P<key>[a-z0-9]{8})/end/$", own.end_session, name="end-session"),
    path("me/tokens/", tokens.my_tokens, name="tokens"),
    path("me/tokens/<int:pk>/revoke/", tokens.revoke, name="token-revoke"),
    path("set/users/<int:pk>/tokens/", tokens.user_tokens, name="user-tokens"),
    path("me/phrases/", own.add_phrase, name="add-phrase"),
    path("me/phrases/<int:pk>/drop/", own.drop_phrase, name="drop-phrase"),
    path("drafts/", own.draft, name="draft"),
    path("views/", own.save_view, name="save-view"),
    path("views/<int:pk>/drop/", own.drop_view, name="drop-view"),
    re_path(
        r"^reveal/(?P<kind>[a-z]{1,20})/(?P<pk>\d{1,18})/(?P<field>[a-z_]{1,30})/$",
        own.reveal,
        name="reveal",
    ),
    path("set/users/", manage.users, name="users"),
    path("set/users/new/", manage.user_new, name="user-new"),
    path("set/users/bulk/", manage.bulk, name="bulk"),
    path("set/users/<int:pk>/", manage.user_detail, name="user"),
    path("set/users/<int:pk>/reset/", manage.user_reset, name="user-reset"),
    path("set/users/<int:pk>/close/", manage.user_close, name="user-close"),
    path("set/users/<int:pk>/reopen/", manage.user_reopen, name="user-reopen"),
    path("set/users/<int:pk>/end-sessions/", manage.user_end_sessions, name="user-end-sessions"),
    path("set/roles/", manage.roles, name="roles"),
]
