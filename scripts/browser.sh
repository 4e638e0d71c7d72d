#!/usr/bin/env bash
# Installs Chromium and a Chinese font for the browser tests where that is possible.
set -euo pipefail
have_font() { command -v fc-list >/dev/null 2>&1 && fc-list :lang=zh | grep -q .; }
if command -v chromium >/dev/null 2>&1 && have_font; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "正在安装 Chromium 与中文字体（只用于浏览器测试）…" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null && exit 0
fi
echo "########################################################################" >&2
echo "没有 Chromium 或中文字体，浏览器测试会跳过；请安装 chromium 与 fonts-noto-cjk 后重跑。" >&2
echo "########################################################################" >&2
