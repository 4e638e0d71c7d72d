/* 页面增强脚本：全部为渐进增强，不加载也能登录、查询、翻页、填写、提交。语法限 ES2020（Chromium 86）。 */
(() => {
  'use strict';
  const $ = (selector, root) => (root || document).querySelector(selector);
  const $$ = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const body = document.body;
  const settings = body.dataset;
  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  };
  const clock = (when) => `${String(when.getHours()).padStart(2, '0')}:${String(when.getMinutes()).padStart(2, '0')}`;
  const cookie = (name) => {
    const found = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
  };
  const token = () => cookie('csrftoken') || ($('input[name=csrfmiddlewaretoken]') || {}).value || '';
  const announce = (text) => { const place = $('#announce'); if (place) place.textContent = text; };
  const store = {                                            /* 隐私模式下本机存储不可用，不影响使用 */
    get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch (e) { return null; } },
    put(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch (e) { /* 见上 */ } },
    drop(key) { try { localStorage.removeItem(key); } catch (e) { /* 见上 */ } },
  };

  /* ---------- 1. 请求：10 秒超时，401 时就地登录后重试 ---------- */
  const SLOW = 10000;
  function send(url, fields, options) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), SLOW);
    return fetch(url, {
      method: fields ? 'POST' : 'GET',
      body: fields ? new URLSearchParams(fields) : undefined,
      headers: { 'X-CSRFToken': token(), 'X-Requested-With': 'fetch' },
      credentials: 'same-origin',
      signal: stop.signal,
      ...options,
    }).then((response) => { if (response.status < 400) seen(); return response; }).finally(() => clearTimeout(timer));
  }
  function freshToken(value) {
    if (value) $$('input[name=csrfmiddlewaretoken]').forEach((input) => { input.value = value; });
  }
  /* 确认会话还在，并换上新的表单令牌。结果：ok、expired、offline、other */
  async function ping() {
    if (!settings.pingUrl) return 'ok';
    try {
      const response = await send(settings.pingUrl, {});
      if (response.status === 401) return 'expired';
      if (!response.ok) return 'other';
      freshToken((await response.json()).csrf);
      return 'ok';
    } catch (e) { return 'offline'; }
  }

  /* ---------- 2. 会话：到期前 2 分钟提醒；到期后在原页登录，填写的内容不丢 ---------- */
  const idle = Number(settings.idleSeconds || 0);
  const MARGIN = 60;                                         /* 服务器每分钟记一次活动，所以提前一分钟算到期 */
  const afterLogin = [];                                    /* 草稿和提交可能同时发现登录过期，登录后都接着做 */
  let dialog = null;
  function seen() { if (idle) store.put('jz:seen', Date.now()); }
  function sessionDialog(login) {
    const box = $('#session-modal');
    if (!box || !window.bootstrap) return null;
    $('#session-warn').hidden = login;
    $('#session-login').hidden = !login;
    $('#session-title').textContent = login ? '登录已过期' : '很久没有操作了';
    dialog = dialog || new window.bootstrap.Modal(box, { backdrop: 'static' });
    if (!box.classList.contains('show')) {
      box.addEventListener('shown.bs.modal', () => { $(login ? '#session-password' : '#session-stay').focus(); }, { once: true });
      dialog.show();
    } else { $(login ? '#session-password' : '#session-stay').focus(); }
    return box;
  }
  function askLogin(then) {
    if (then) afterLogin.push(then);
    if (!sessionDialog(true)) location.href = `${settings.loginUrl || '/login/'}?next=${encodeURIComponent(location.pathname + location.search)}`;
  }
  function loginError(text) {
    const place = $('#session-error');
    place.textContent = text;
    place.hidden = !text;
  }
  async function logIn(event) {
    event.preventDefault();
    const form = event.target;
    loginError('');
    try {
      const response = await send(form.action, new FormData(form));
      if (response.status === 204) {
        await ping();
        dialog.hide();
        afterLogin.splice(0).forEach((next) => next());
      } else if (response.redirected && response.url.indexOf('/code/') > 0) {
        form.action = response.url;                          /* 二次验证：同一个窗口里接着填验证码 */
        $$('.fld', form).forEach((field) => { field.hidden = !field.hidden; });
        $('#session-code').focus();
      } else {
        const page = new DOMParser().parseFromString(await response.text(), 'text/html');
        const line = $('.errsum li', page) || $('main p', page);
        loginError(line ? line.textContent.trim() : '没有登录成功，请到登录页登录。');
      }
    } catch (e) { loginError('网络慢，没有登录成功。请再试一次。'); }
    form.elements.password.value = '';
  }
  function watchSession() {
    if (!idle || !$('#session-modal')) return;
    seen();
    $('#session-form').addEventListener('submit', logIn);
    $('#session-stay').addEventListener('click', async () => {
      const state = await ping();
      if (state === 'expired') askLogin(null); else dialog.hide();
    });
    setInterval(() => {
      const left = idle - MARGIN - (Date.now() - (store.get('jz:seen') || Date.now())) / 1000;
      const open = $('#session-modal').classList.contains('show');
      const warning = open && !$('#session-warn').hidden;
      if (left > 120) { if (warning) dialog.hide(); return; }
      if (left > 0) {
        $('#session-left').textContent = left > 60 ? '2 分钟' : `${Math.ceil(left / 10) * 10} 秒`;
        if (!open) sessionDialog(false);
      } else if (!open || warning) { sessionDialog(true); }
    }, 5000);
  }

  /* ---------- 3. 提交：先确认网络和登录都在，再交给浏览器提交；不成就留在原页 ---------- */
  function formNote(form, text, kind) {
    let place = $('.netnote', form);
    if (!place) { place = make('div', 'note netnote'); place.setAttribute('role', 'alert'); form.appendChild(place); }
    place.className = `note netnote ${kind || 'r'}`;
    place.textContent = text;
    place.hidden = !text;
  }
  const TYPED = 'textarea,input:not([type=hidden]):not([type=checkbox]):not([type=radio]):not([type=submit])';
  const guarded = (form) => settings.pingUrl && form.method === 'post' && form.getAttribute('id') !== 'session-form'
    && !form.hasAttribute('data-plain') && !form.hasAttribute('hx-post') && $(TYPED, form);
  function submitNow(form, button) {
    if (button && button.name) {
      const field = make('input');
      field.type = 'hidden'; field.name = button.name; field.value = button.value;
      form.appendChild(field);
    }
    const keeper = drafts.get(form);
    if (keeper) keeper.sent();
    HTMLFormElement.prototype.submit.call(form);
  }
  async function guard(event) {
    const form = event.target;
    if (event.defaultPrevented || !guarded(form)) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = '1';
    const button = event.submitter || lastButton;
    formNote(form, '');
    const state = await ping();
    setTimeout(() => { delete form.dataset.busy; }, state === 'ok' ? 3000 : 0);   /* 双击只提交一次 */
    if (state === 'offline') formNote(form, '网络不通，没有提交。填写的内容都在，请稍后再点一次。');
    else if (state === 'expired') askLogin(() => submitNow(form, button));
    else submitNow(form, button);
  }
  let lastButton = null;                                     /* Safari 14 没有 event.submitter */
  document.addEventListener('click', (event) => { lastButton = event.target.closest('button[type=submit],input[type=submit]'); }, true);
  document.addEventListener('submit', guard);

  /* ---------- 4. 草稿：停 2 秒、离开输入框、切走页面时保存；本机留一份 ---------- */
  const drafts = new Map();
  function values(form) {
    const kept = {};
    $$('input,textarea,select', form).forEach((field) => {
      if (!field.name || /^(hidden|password|file|submit|button)$/.test(field.type)) return;
      if (/^(checkbox|radio)$/.test(field.type) && !field.checked) return;
      const chosen = field.multiple ? Array.from(field.selectedOptions, (option) => option.value) : [field.value];
      kept[field.name] = (kept[field.name] || []).concat(chosen);
    });
    return kept;
  }
  function fill(form, kept) {
    $$('input,textarea,select', form).forEach((field) => {
      if (!field.name || /^(hidden|password|file|submit|button)$/.test(field.type)) return;
      const wanted = kept[field.name];
      if (/^(checkbox|radio)$/.test(field.type)) field.checked = Boolean(wanted && wanted.includes(field.value));
      else if (field.multiple) Array.from(field.options).forEach((option) => { option.selected = Boolean(wanted && wanted.includes(option.value)); });
      else if (wanted && wanted.length) field.value = wanted.shift();
      field.dispatchEvent(new Event('input', { bubbles: false }));
    });
  }
  function keepDraft(form) {
    const name = form.dataset.draft;
    const ref = form.dataset.draftRef || '';
    const url = form.dataset.draftUrl;
    const key = `jz:draft:${settings.account || ''}:${name}:${ref}`;
    let note = $('[data-savenote]', form);
    if (!note) { note = make('span', 'savenote'); form.appendChild(note); }
    note.setAttribute('role', 'status');
    let timer = 0;
    let last = JSON.stringify(values(form));
    const untouched = last;
    async function save(leaving) {
      clearTimeout(timer);
      const content = JSON.stringify(values(form));
      if (content === last) return;
      last = content;
      store.put(key, { at: Date.now(), content });
      if (!url) { note.textContent = `草稿已存在本机 ${clock(new Date())}`; return; }
      try {
        const response = await send(url, { form: name, ref, content }, { keepalive: Boolean(leaving) });
        if (response.ok) note.textContent = `草稿已保存 ${(await response.json()).saved}`;
        else if (response.status === 401) { note.textContent = '登录已过期。草稿已存在本机'; last = ''; askLogin(() => save()); }
        else { note.textContent = '草稿已存在本机'; }
      } catch (e) { note.textContent = '没有网络。草稿已存在本机，联网后会自动保存'; last = ''; }
    }
    function discard() {
      store.drop(key);
      if (url) send(url, { form: name, ref, discard: '1' }).catch(() => {});
      last = untouched;
    }
    function offer(kept, at) {
      const before = JSON.parse(untouched);
      const blank = $$(TYPED, form).every((field) => /^(password|file)$/.test(field.type) || !field.value);
      const bar = make('div', 'note mb-3');
      const text = make('div', '', blank ? `已恢复 ${at} 的草稿。` : `有 ${at} 保存的草稿。`);
      bar.setAttribute('role', 'status');
      const use = make('button', 'btn btn-sm btn-line', '恢复草稿');
      const drop = make('button', 'btn btn-sm btn-text', blank ? '不用草稿，清空' : '删除草稿');
      use.type = drop.type = 'button';
      use.addEventListener('click', () => { fill(form, kept); bar.remove(); });
      drop.addEventListener('click', () => { fill(form, before); form.reset(); discard(); bar.remove(); note.textContent = '草稿已删除'; });
      if (blank) fill(form, kept);
      bar.append(...(blank ? [text, drop] : [text, use, drop]));
      form.prepend(bar);
    }
    async function restore() {
      if ($('#errors')) return;                              /* 服务器已带回刚才填写的内容 */
      const local = store.get(key);
      let content = local ? local.content : '';
      let at = local ? new Date(local.at) : null;
      if (url) {
        try {
          const response = await send(`${url}?${new URLSearchParams({ form: name, ref })}`);
          const remote = response.ok ? await response.json() : {};
          if (remote.content && (!at || new Date(remote.saved_at) >= at)) { content = remote.content; at = new Date(remote.saved_at); }
        } catch (e) { /* 用本机的 */ }
      }
      if (content && at && content !== untouched && JSON.stringify(values(form)) === untouched) {
        const today = new Date().toDateString() === at.toDateString();
        offer(JSON.parse(content), `${today ? '' : `${at.getMonth() + 1}月${at.getDate()}日 `}${clock(at)}`);
      }
    }
    form.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(save, 2000);
    });
    form.addEventListener('focusout', () => save());
    document.addEventListener('visibilitychange', () => { if (document.hidden) save(true); });
    window.addEventListener('online', () => save());
    drafts.set(form, { sent() { clearTimeout(timer); store.put('jz:sent', { key, name, ref, url }); } });
    restore();
  }
  function forgetSent() {                                    /* 提交成功后（到了没有出错的下一页）草稿才删除 */
    const sent = store.get('jz:sent');
    if (!sent) return;
    store.drop('jz:sent');
    if ($('#errors') || !settings.account) return;
    store.drop(sent.key);
    if (sent.url) send(sent.url, { form: sent.name, ref: sent.ref, discard: '1' }).catch(() => {});
  }

  /* ---------- 5. 自动完成（ARIA 1.2 combobox）：候选由 data-url 给出 ---------- */
  function combo(box) {
    const input = $('[role=combobox]', box);
    const list = $('[role=listbox]', box);
    const live = $('[role=status]', box);
    const hidden = $('[data-value]', box);
    let index = -1;
    let timer = 0;
    let running = null;
    const options = () => $$('[role=option]', list);
    function open(yes) {
      list.hidden = !yes;
      input.setAttribute('aria-expanded', String(yes));
      if (!yes) { index = -1; input.removeAttribute('aria-activedescendant'); }
    }
    function move(to) {
      const all = options();
      if (!all.length) return;
      index = (to + all.length) % all.length;
      all.forEach((option, at) => option.setAttribute('aria-selected', String(at === index)));
      input.setAttribute('aria-activedescendant', all[index].id);
      all[index].scrollIntoView({ block: 'nearest' });
    }
    function marked(title, query) {
      const name = make('b');
      const at = title.toLowerCase().indexOf(query.toLowerCase());
      if (at < 0) { name.textContent = title; return name; }
      name.append(title.slice(0, at), make('mark', '', title.slice(at, at + query.length)), title.slice(at + query.length));
      return name;
    }
    function choose(item) {
      if (item.url && item.value === undefined) { location.href = item.url; return; }
      input.value = item.text || item.title;
      if (hidden) { hidden.value = item.value; hidden.dispatchEvent(new Event('change', { bubbles: true })); }
      open(false);
    }
    function draw(items, query) {
      list.textContent = '';
      items.forEach((item, at) => {
        const option = make('li');
        option.id = `${list.id}-${at}`;
        option.setAttribute('role', 'option');
        option.setAttribute('aria-selected', 'false');
        option.append(marked(item.title, query));
        if (item.note) option.append(make('span', 's', item.note));
        option.addEventListener('click', () => { choose(item); input.focus(); });
        list.append(option);
      });
      if (live) live.textContent = items.length ? `找到 ${items.length} 个，用上下键选择` : '没有找到';
      open(items.length > 0);
    }
    async function look() {
      const query = input.value.trim();
      if (running) running.abort();
      if (!query) { open(false); return; }
      running = new AbortController();
      const late = setTimeout(() => running && running.abort(), SLOW);
      try {
        const join = box.dataset.url.includes('?') ? '&' : '?';
        const response = await send(`${box.dataset.url}${join}q=${encodeURIComponent(query)}`, null, { signal: running.signal });
        if (response.status === 401) { askLogin(look); return; }
        if (response.ok) draw(await response.json(), query);
      } catch (e) { if (e.name !== 'AbortError' && live) live.textContent = '网络慢，没有取到候选'; }
      finally { clearTimeout(late); }
    }
    input.addEventListener('input', (event) => {
      if (hidden) hidden.value = '';
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(look, 250);
    });
    input.addEventListener('compositionend', () => { clearTimeout(timer); timer = setTimeout(look, 250); });
    input.addEventListener('keydown', (event) => {
      if (event.isComposing) return;                         /* 拼音输入中不抢键 */
      if (event.key === 'ArrowDown') { if (list.hidden) look(); else move(index + 1); event.preventDefault(); }
      else if (event.key === 'ArrowUp' && !list.hidden) { move(index - 1); event.preventDefault(); }
      else if (event.key === 'Enter' && index > -1) { options()[index].click(); event.preventDefault(); }
      else if (event.key === 'Escape' && !list.hidden) { open(false); event.stopPropagation(); }
    });
    list.addEventListener('mousedown', (event) => event.preventDefault());
    input.addEventListener('blur', () => setTimeout(() => open(false), 150));
  }

  /* ---------- 6. 键盘：/ 搜索，n 新登记，j k 上下行，o 打开，x 勾选，? 快捷键，Ctrl+Enter 提交 ---------- */
  const typing = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
  function step(by) {
    const rows = $$('[data-rows] a.tt,[data-rows] a.hit').filter((link) => link.offsetParent);
    if (!rows.length) return false;
    const at = rows.indexOf(document.activeElement);
    rows[Math.max(0, Math.min(at < 0 ? 0 : at + by, rows.length - 1))].focus();
    return true;
  }
  function openKeys() {
    const box = $('#keys-modal');
    if (box && window.bootstrap) window.bootstrap.Modal.getOrCreateInstance(box).show();
    else if (settings.helpUrl) location.href = settings.helpUrl;
    return true;
  }
  function press(element) {
    if (!element) return false;
    if (typing(element)) element.focus(); else element.click();
    return true;
  }
  function tick() {
    const row = document.activeElement.closest('[data-rows] tr');
    return press(row && $('input[type=checkbox]', row));
  }
  const inRow = () => document.activeElement.closest('[data-rows] a.tt,[data-rows] a.hit');
  const KEYS = {
    '/': () => { const box = $$('#q,#search-q').find((one) => one.offsetParent); if (box) { box.focus(); box.select(); } return Boolean(box); },
    n: () => press($('[data-key-new]')), j: () => step(1), k: () => step(-1),
    o: () => press(inRow()), x: tick, '?': openKeys, '？': openKeys,
  };
  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.form) {
      press($('button[type=submit]', event.target.form));
      return;
    }
    if (event.key === 'Escape') { closeMenus(null, true); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.documentElement.dataset.keys === 'off') return;
    if (body.classList.contains('modal-open')) return;
    const known = KEYS[event.key] || KEYS[event.key.toLowerCase()];
    if (known ? known() : press($(`[data-key="${window.CSS.escape(event.key)}"]`))) event.preventDefault();
  });

  /* ---------- 7. 菜单、全选、复制、显示密码、返回、字数 ---------- */
  function closeMenus(except, back) {
    $$('details[data-menu][open]').forEach((menu) => {
      if (menu === except) return;
      menu.open = false;
      if (back) $('summary', menu).focus();
    });
  }
  function toast(text) {
    const box = make('div', 'toasts', text);
    box.setAttribute('role', 'status');
    body.append(box);
    setTimeout(() => box.remove(), 2500);
  }
  function copy(text) {
    const done = () => toast('已复制');
    if (navigator.clipboard) { navigator.clipboard.writeText(text).then(done, () => toast('没有复制成功，请手工选取')); return; }
    const area = make('textarea', 'visually-hidden');          /* 未加密的内网没有剪贴板接口 */
    area.value = text;
    body.append(area);
    area.select();
    try { if (document.execCommand('copy')) done(); } finally { area.remove(); }
  }
  function countChecked(selector) {
    const count = $$(selector).filter((one) => one.checked).length;
    $$('[data-selected-count]').forEach((place) => { place.textContent = count; });
    $$('[data-bulkbar]').forEach((bar) => { bar.hidden = !count; });
    $$('[data-all]').forEach((all) => {
      const total = $$(all.dataset.all).length;
      all.checked = count > 0 && count === total;
      all.indeterminate = count > 0 && count < total;
    });
    return count;
  }
  document.addEventListener('click', (event) => {
    closeMenus(event.target.closest('details[data-menu]'), false);
    const hit = (name) => event.target.closest(`[${name}]`);
    let found;
    if ((found = hit('data-copy'))) copy(found.dataset.copy);
    else if (hit('data-back')) history.back();
    else if (hit('data-print')) window.print();
    else if ((found = hit('data-reveal'))) {
      const field = document.getElementById(found.dataset.reveal);
      const shown = field.type === 'password';
      field.type = shown ? 'text' : 'password';
      found.textContent = shown ? '隐藏密码' : '显示密码';
      found.setAttribute('aria-pressed', String(shown));
    } else if ((found = hit('data-move'))) {
      const item = found.closest('li');
      const other = found.dataset.move === 'up' ? item.previousElementSibling : item.nextElementSibling;
      if (other) { if (found.dataset.move === 'up') other.before(item); else other.after(item); }
      found.focus();
    } else if ((found = event.target.closest('.errsum a[href^="#"]'))) {
      const field = document.getElementById(found.hash.slice(1));
      if (field) { event.preventDefault(); field.focus(); field.scrollIntoView({ block: 'center' }); }
    }
  });
  document.addEventListener('change', (event) => {
    const field = event.target;
    if (field.matches('[data-all]')) { $$(field.dataset.all).forEach((one) => { one.checked = field.checked; }); countChecked(field.dataset.all); }
    else if (field.matches('[data-autosubmit]') && field.form) field.form.submit();
    else $$('[data-all]').forEach((all) => { if (field.matches(all.dataset.all)) countChecked(all.dataset.all); });
  });
  function counter(place) {
    const field = document.getElementById(place.dataset.count);
    if (!field || field.maxLength < 1) return;
    const show = () => { place.textContent = `${field.value.length} / ${field.maxLength}`; };
    field.addEventListener('input', show);
    show();
  }

  /* ---------- 8. 局部更新（htmx）：令牌、进度条、焦点、失败提示 ---------- */
  const bar = $('#loading');
  let barTimer = 0;
  let slowTimer = 0;
  function loading(on) {
    clearTimeout(barTimer);
    clearTimeout(slowTimer);
    if (!bar) return;
    bar.classList.remove('on', 'slow');
    if (!on) return;
    barTimer = setTimeout(() => bar.classList.add('on'), 300);
    slowTimer = setTimeout(() => { bar.classList.add('slow'); announce('网络较慢，仍在处理'); }, 5000);
  }
  function again(detail) {
    const config = detail.requestConfig;
    window.htmx.ajax(config.verb, config.path, { source: detail.elt, target: detail.target });
  }
  function failed(event, text) {
    const form = event.detail.elt.closest('form');
    const place = form || event.detail.elt.parentElement;
    $$('.netnote', place).forEach((old) => old.remove());
    const note = make('div', 'note r netnote');
    note.setAttribute('role', 'alert');
    const retry = make('button', 'btn btn-sm btn-line', '重试');
    retry.type = 'button';
    retry.addEventListener('click', () => { note.remove(); again(event.detail); });
    note.append(make('div', '', text), retry);
    place.append(note);
  }
  body.addEventListener('htmx:configRequest', (event) => { if (event.detail.verb !== 'get') event.detail.headers['X-CSRFToken'] = token(); });
  body.addEventListener('htmx:beforeRequest', () => loading(true));
  body.addEventListener('htmx:afterRequest', (event) => { loading(false); if (event.detail.successful) seen(); });
  body.addEventListener('htmx:timeout', (event) => failed(event, '网络慢，没有完成。填写的内容都在。'));
  body.addEventListener('htmx:sendError', (event) => failed(event, '网络不通，没有完成。填写的内容都在。'));
  body.addEventListener('htmx:responseError', (event) => {
    if (event.detail.xhr.status === 401) askLogin(() => again(event.detail));
    else failed(event, event.detail.xhr.status === 403 ? '您没有权限做这一步。' : '这部分没有取到。');
  });
  body.addEventListener('htmx:afterSettle', (event) => {
    const part = event.detail.elt;
    enhance(part);
    const goal = $('.errsum', part) || $('[data-focus],h1[tabindex],h2[tabindex]', part);
    if (goal && !part.contains(document.activeElement)) goal.focus();
    else if ($('.errsum', part)) $('.errsum', part).focus();
    const said = $('[data-announce]', part);
    if (said) announce(said.dataset.announce || said.textContent);
  });

  function movable(list) {                                   /* 列设置打开时才放上移、下移的按钮 */
    $$('li', list).forEach((item) => ['up', 'down'].forEach((way) => {
      const button = make('button', 'btn btn-sm btn-text', way === 'up' ? '↑' : '↓');
      button.type = 'button';
      button.dataset.move = way;
      button.setAttribute('aria-label', `${item.textContent.trim()}${way === 'up' ? '上移' : '下移'}`);
      item.append(button);
    }));
  }

  /* ---------- 9. 开始 ---------- */
  function enhance(root) {
    const once = (selector, run) => $$(selector, root).forEach((one) => { if (!one.dataset.ready) { one.dataset.ready = '1'; run(one); } });
    once('[data-combo][data-url]', combo);
    once('form[data-draft]', keepDraft);
    once('[data-count]', counter);
    once('[data-columns]', (one) => { const show = () => movable($('[data-sortable]', one)); if (one.open) show(); else one.addEventListener('toggle', show, { once: true }); });
    once('[data-reveal],[data-print]', (one) => { one.hidden = false; });
    once('[data-back]', (one) => { one.hidden = history.length < 2; });
  }
  forgetSent();
  enhance(document);
  watchSession();
  $$('[data-all]').forEach((all) => countChecked(all.dataset.all));
  const first = $('#errors') || $('main [data-focus]');
  if (first) first.focus();
})();
