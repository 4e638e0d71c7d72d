# 政企同行·有需必应: `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV ?= .venv
PY := $(VENV)/bin/python
export PYTHONDONTWRITEBYTECODE ?= 1
PORT ?= 8000
SERVICES_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
SERVICES_REDIS_URL ?= redis://127.0.0.1:6379/5

##@ 使用
.PHONY: help run setup
help: ## 列出全部命令
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*##/ {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## 启动（第一次会装好环境、建库、写入演示数据）
	@$(PY) manage.py up --port $(PORT)

setup: ## 只做准备：虚拟环境与依赖
	@bash scripts/setup.sh $(VENV) requirements.txt

##@ 检查
.PHONY: corpus test test-services check lint types contracts migrations-check pytest setup-dev
setup-dev: setup
	@bash scripts/setup.sh $(VENV) requirements-dev.txt
	@bash scripts/browser.sh

test: setup-dev check pytest ## 全部检查与测试（内嵌数据库）

test-services: setup-dev ## 同一批测试，跑在 PostgreSQL 和 Redis 上
	DATABASE_URL=$(SERVICES_DATABASE_URL) REDIS_URL=$(SERVICES_REDIS_URL) $(PY) -m pytest -n 2 --dist loadgroup -q -m "not browser and not once"

check: lint types contracts migrations-check ## 不跑测试的全部检查

lint:
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/djlint --quiet --lint templates
	git ls-files -z 'templates/*.html' | xargs -0 $(VENV)/bin/djade --target-version 5.2 --check

types:
	$(VENV)/bin/mypy apps jizhou_service

contracts:
	$(VENV)/bin/lint-imports --no-cache

migrations-check:
	$(PY) manage.py makemigrations --check --dry-run
	DEV_TOOLS=1 $(PY) manage.py lintmigrations --ignore-initial-migrations --no-cache --quiet ok ignore --include-apps core workdays audit roster accounts notices registry filings handbook tickets regulator dashboards
	$(PY) manage.py check

pytest:
	$(PY) -m pytest -n 2 --dist loadgroup -q

.PHONY: screenshots old-chromium help-pictures
screenshots: setup-dev ## 每个页面 1440 与 390 宽的截图，写到 screenshots/
	SCREENSHOTS=1 $(PY) -m pytest jizhou_service/tests/browser/test_pages.py -q

old-chromium: setup-dev ## 用 Chromium 86 画五个主要页面（先 make run；另一地址：URL=http://…）
	$(PY) scripts/chromium86.py

help-pictures: setup-dev ## 重拍使用手册的插图（先 make run）
	$(PY) scripts/help_pictures.py

corpus: setup-dev ## 用一批文件检验附件读取：make corpus DATA=文件夹
	@test -n "$(DATA)" && test -d "$(DATA)" || { echo "请给出文件夹：make corpus DATA=文件夹"; exit 1; }
	@made=$$(mktemp -d) && trap 'rm -rf "$$made"' EXIT && \
	if [ -f "$(DATA)/hostile/make_crafted.py" ]; then $(PY) "$(DATA)/hostile/make_crafted.py" "$$made/crafted"; fi && \
	$(PY) manage.py filings_corpus "$(DATA)" $$(ls -d "$$made"/crafted 2>/dev/null) --verdicts scripts/corpus_verdicts.json

fix: ## 自动整理代码与模板
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	git ls-files -z 'templates/*.html' | xargs -0 $(VENV)/bin/djade --target-version 5.2

##@ 测量
.PHONY: bench bench-workdays bench-export bench-read bench-import bench-typeahead bench-handbook bench-sweep bench-actions bench-pages bench-peers chaos corpus
SIZE ?= small
bench: bench-workdays bench-export bench-read bench-import bench-typeahead bench-handbook bench-sweep bench-actions bench-pages ## 全部基准（SIZE=small|large：页面用 1 万还是 100 万件工单）

bench-workdays: setup-dev ## 工作日推算与三个库比较
	$(PY) benchmarks/bench_workdays.py

bench-export: setup-dev ## 导出 10 万行与 openpyxl、tablib 比较
	$(PY) benchmarks/bench_export.py

bench-handbook: setup-dev ## 5,000 条手册里按诉求推荐和检索
	$(PY) benchmarks/bench_handbook.py

bench-read: setup-dev ## 读取 10 万行与 openpyxl、tablib、calamine 比较
	$(PY) benchmarks/bench_read.py

bench-import: setup-dev ## 导入 10 万行与 django-import-export 比较
	$(PY) benchmarks/bench_import.py

bench-typeahead: setup-dev ## 10 万家经营主体边输边找，SQLite 与 PostgreSQL
	$(PY) benchmarks/bench_typeahead.py large $(SERVICES_DATABASE_URL)

bench-pages: setup-dev ## 页面、检索、写入：SIZE=small（2 万件）|large（100 万件），DATABASE=postgres://… 换库
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	size=$(if $(filter large,$(SIZE)),large,medium) && \
	export VAR_DIR=$$folder BACKUP_EVERY_MINUTES=0 DATABASE_STATEMENT_SECONDS=600 $(if $(DATABASE),DATABASE_URL=$(DATABASE)) && \
	$(PY) manage.py migrate -v0 && $(PY) manage.py seed_demo --size $$size >/dev/null && \
	$(PY) benchmarks/bench_pages.py $$folder $(DATABASE)

bench-peers: setup-dev ## 同类页面与 django-helpdesk 比较，另装在临时目录（TICKETS=10000 DATABASE=postgres://… OURS=演示数据目录 OURS_DATABASE=postgres://…）
	$(PY) benchmarks/bench_peers.py $(TICKETS) $(DATABASE) $(if $(OURS),--ours $(OURS)) $(if $(OURS_DATABASE),--ours-database $(OURS_DATABASE))

bench-sweep: setup-dev ## 时限扫描：20 万件工单，空转与 5000 件到期（TICKETS=1000000 DATABASE=postgres://…）
	$(PY) benchmarks/bench_sweep.py $(TICKETS) $(DATABASE)

bench-actions: setup-dev ## 登记与九个办理动作的耗时（TICKETS=200 DATABASE=postgres://…）
	$(PY) benchmarks/bench_actions.py $(TICKETS) $(DATABASE)

chaos: setup-dev ## 故障试验：自带数据库与 Redis，杀进程、停进程、拨慢时钟，逐条核对（5 分钟以内）
	$(PY) scripts/chaos/run.py $(PROFILE)
