#!/usr/bin/env bash
# Makes the virtual environment and installs a requirements file; quick when nothing changed.
set -euo pipefail
venv=$1
requirements=$2
say() { printf '%s\n' "$*" >&2; }
find_python() {
  for name in "${PYTHON:-}" python3.11 python3; do
    [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 || continue
    "$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && { echo "$name"; return; }
  done
  say "需要 Python 3.11，没有找到。请先安装，或用 PYTHON=/路径/python3.11 make … 指明。"
  exit 1
}
free_mb=$(df -Pm . | awk 'NR==2 {print $4}')
if [ "$free_mb" -lt 700 ]; then
  say "磁盘只剩 ${free_mb} MB，至少要 700 MB。请先清理。"
  exit 1
fi
if [ ! -x "$venv/bin/python" ]; then
  python=$(find_python)
  say "正在建立运行环境 $venv …"
  "$python" -m venv "$venv" || { say "建立虚拟环境失败：请安装 python3.11-venv。"; exit 1; }
fi
"$venv/bin/python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
  say "$venv 不是 Python 3.11 的环境，请删除后重试。"
  exit 1
}
stamp="$venv/.installed-$(basename "$requirements" .txt)"
sum=$(cat requirements.txt "$requirements" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$sum" ]; then
  say "正在安装 $requirements …"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" || {
    say "安装依赖失败：请检查网络或软件源后重试。"
    exit 1
  }
  echo "$sum" >"$stamp"
fi
