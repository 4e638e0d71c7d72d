"""Settings: one file; installations differ by environment variables only (see README)."""

from datetime import timedelta
from pathlib import Path

from jizhou_service import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))
SECRETS_DIR = VAR_DIR / "secrets"
VAR_DIR.mkdir(mode=0o750, parents=True, exist_ok=True)
DEMO_ACCOUNTS_FILE = VAR_DIR / "demo_accounts.txt"

# ---- 基本 -------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.kept_secret("SECRET_KEY", SECRETS_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.listing("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.listing("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "jizhou_service.urls"
WSGI_APPLICATION = "jizhou_service.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
VERSION = "1.0.0"
HELP_PHONE = env.text("HELP_PHONE", "区营商环境办")
WATCHED_DIRS = [VAR_DIR]

INSTALLED_APPS = [
    "jizhou_service",
    "apps.core",
    "apps.workdays",
    "apps.audit",
    "apps.roster",
    "apps.accounts",
    "apps.notices",
    "apps.registry",
    "apps.tickets",
    "apps.handbook",
    "apps.filings",
    "apps.regulator",
    "apps.dashboards",
    "jizhou_service.admin_config.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "jizhou_service.static_config.OurStaticFilesConfig",
    "django.forms",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "import_export",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

if env.flag("DEV_TOOLS"):  # make check: the linter of migrations
    INSTALLED_APPS.append("django_migration_linter")

MIDDLEWARE = [
    "apps.core.middleware.TimerFallbackMiddleware",
    "apps.core.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.middleware.SecurityHeadersMiddleware",
    "apps.core.middleware.DatabaseErrorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "apps.accounts.middleware.SessionLifeMiddleware",
    "apps.accounts.middleware.ApiTokenMiddleware",
    "apps.core.middleware.AccessMiddleware",
    "apps.accounts.middleware.MustDoFirstMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.core.context_processors.navigation_context",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ---- 语言与时间 -------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]

# ---- 数据库与缓存 -----------------------------------------------------------------------
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'jizhou.sqlite3'}")}
REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "apps.core.caches.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "jizhou",
        "OPTIONS": {"socket_timeout": 0.3, "socket_connect_timeout": 0.3},
    }
    if REDIS_URL
    else {
        "BACKEND": "apps.core.caches.ForgivingFileCache",
        "LOCATION": VAR_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 20000},
    }
}

# ---- 账号与会话 -------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "apps.accounts.backends.RoleBackend",
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "core:home"
PASSWORD_HASHERS = [
    "apps.accounts.hashers.ModestArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "apps.accounts.passwords.LengthValidator"},
    {"NAME": "apps.accounts.passwords.CompositionValidator"},
    {"NAME": "apps.accounts.passwords.LocalWordsValidator"},
    {"NAME": "apps.accounts.passwords.HistoryValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_MAX_AGE_DAYS = env.number("PASSWORD_MAX_AGE_DAYS", 90)
SESSION_ENGINE = "apps.accounts.sessions"
SESSION_COOKIE_AGE = env.number("SESSION_IDLE_MINUTES", 30, low=5, high=720) * 60
SESSION_ABSOLUTE_SECONDS = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
REVEAL_DAILY_CAP = env.number("REVEAL_DAILY_CAP", 100, low=1)
TOTP_REQUIRED_ROLES = env.listing("TOTP_REQUIRED_ROLES")
OTP_TOTP_ISSUER = "蓟州区为企服务平台"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "apps.accounts.views.locked_out"
AXES_USERNAME_FORM_FIELD = "username"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password"]
AXES_IPWARE_PROXY_COUNT = env.number("PROXY_COUNT", 0, high=5) or None

# ---- 安全 -------------------------------------------------------------------------------
# 没有 TLS 的内网须明示 ALLOW_HTTP=1；那时页面顶部有提示，check --deploy 会告警。
ALLOW_HTTP = env.flag("ALLOW_HTTP", default=True)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not ALLOW_HTTP
SECURE_SSL_REDIRECT = not ALLOW_HTTP
SECURE_HSTS_SECONDS = 0 if ALLOW_HTTP else 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not ALLOW_HTTP
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_TLS_PROXY") else None
)
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "apps.core.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# apps.core.checks 用中文说同样的事，并说明怎样改；X-Frame-Options（W002）由自己的中间件发出
SILENCED_SYSTEM_CHECKS = [f"security.W{n:03}" for n in (2, 4, 5, 8, 9, 10, 11, 12, 16, 18, 20, 21)]
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_TEMP_DIR = None
# 字段密钥：每行“编号:base64(32 字节)”，第一行用于加密，其余只用于解密（轮换）。
FIELD_KEYS = env.text("FIELD_KEYS")
FIELD_KEYS_FILE = SECRETS_DIR / "field_keys"

# ---- 静态文件 ---------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# compressing the source maps, which nobody asks for, took half the time of the first start
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    *("jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "tgz", "bz2", "tbz", "xz", "br"),
    *("woff", "woff2", "map"),
)
MEDIA_ROOT = VAR_DIR / "files"
EXPORTS_DIR = VAR_DIR / "exports"
BACKUP_DIR = Path(env.text("BACKUP_DIR", str(VAR_DIR / "backups")))

# ---- 导入导出 ---------------------------------------------------------------------------
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_SKIP_ADMIN_LOG = True

# ---- Celery：真相在数据库，消息丢了只晚几秒 ---------------------------------------------
QUEUE_DIR = VAR_DIR / "queue"
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "global_keyprefix": "jizhou:",
    }
else:
    for part in ("messages", "control"):
        (QUEUE_DIR / part).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "control_folder": str(QUEUE_DIR / "control"),
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_TIME_LIMIT = 1800
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TASK_DEFAULT_QUEUE = "timers"
CELERY_TASK_ROUTES = {"core.work": {"queue": "long"}}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    # 一次到期工作的扫描；过了两个间隔还没人取就作废，免得停机后一拥而上
    "tick": {"task": "core.tick", "schedule": 10.0, "options": {"expires": 20}},
    # 取一件排队的长任务（导入、导出）
    "work": {"task": "core.work", "schedule": 5.0, "options": {"expires": 10, "queue": "long"}},
}

# ---- 邮件与企业微信（未配置即关闭） -----------------------------------------------------
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.number("EMAIL_PORT", 25, low=1, high=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "jizhou@localhost")
WECOM_ROBOT_URL = env.text("WECOM_ROBOT_URL")

# ---- 日志：一行一个 JSON，不写正文与个人信息 --------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "apps.core.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
        "celery": {"level": "WARNING"},
        "import_export": {"level": "CRITICAL"},
    },
}

# ---- 接口：默认一律拒绝，逐个开放 -------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["apps.core.api.Deny"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.accounts.authentication.TokenOrSession"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.api.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.api.errors",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "政企同行·有需必应 接口",
    "DESCRIPTION": "工单、经营主体、服务队伍、工作日历；权限与页面相同。",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["apps.core.api.AsMarked"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "YesNo": [("YES", "是"), ("NO", "否")],
        "Satisfaction": "apps.tickets.choices.Satisfaction",
        "ToldBy": "apps.tickets.choices.ToldBy",
        "Status": "apps.tickets.choices.Status",
        "Light": "apps.tickets.choices.Light",
    },
}
