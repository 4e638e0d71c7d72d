/* 工单与登记页的增强：不加载也能登记、办理、提交。语法限 ES2018（Chromium 86）。 */
(() => {
  'use strict';
  const $ = (selector, root) => (root || document).querySelector(selector);
  const $$ = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  /* ---------- 1. 现场已答复：先展开结果，再提交 ---------- */
  function openResult(button) {
    const section = document.getElementById(button.dataset.opens);
    if (!section || !section.hidden) return false;
    section.hidden = false;
    $$('input[name=result]', section).forEach((one) => { one.disabled = false; });
    $('span', button).textContent = button.dataset.then;
    const first = $('input[type=radio]', section);
    if (first) first.focus();
    section.scrollIntoView({ block: 'nearest' });
    return true;
  }
  document.addEventListener('click', (event) => {
    const opener = event.target.closest('[data-opens]');
    if (opener && openResult(opener)) { event.preventDefault(); return; }
    const phrase = event.target.closest('[data-phrase]');
    if (phrase) { append(document.getElementById(phrase.dataset.into), phrase.dataset.phrase); event.preventDefault(); return; }
    const quote = event.target.closest('[data-quote]');
    if (quote) insert(quote);
  }, true);

  /* ---------- 2. 用手册条目答复：填入答复，记下条目编号 ---------- */
  function append(box, text) {
    box.value = box.value.trim() ? `${box.value.trim()}\n${text}` : text;
    box.dispatchEvent(new Event('input', { bubbles: true }));
    box.focus();
  }
  function insert(button) {
    const opener = $('[data-opens]');
    if (opener) openResult(opener);
    const box = $('textarea[name=answer]') || $('[data-composer] textarea');
    if (!box) return;
    append(box, button.dataset.quote);
    const entry = $('[data-entry]');
    if (entry) entry.value = button.dataset.number;
  }
  const ready = (root) => $$('[data-quote]', root).forEach((one) => { one.hidden = false; });
  document.body.addEventListener('htmx:afterSettle', (event) => { ready(event.detail.elt); conditions(); });
  ready(document);

  /* ---------- 3. 选了某一项才要填的栏 ---------- */
  function conditions() {
    $$('[data-when]').forEach((place) => {
      const form = place.closest('form');
      const chosen = form && $$(`[name="${place.dataset.when}"]`, form).find((one) => one.type !== 'radio' || one.checked);
      const wanted = Boolean(chosen) && place.dataset.values.split(' ').includes(chosen.value);
      const filled = $$('textarea,input,select', place).some((one) => (/^(radio|checkbox)$/.test(one.type) ? one.checked : one.value));
      place.hidden = !wanted && !filled && !$('.ferr', place);
    });
  }
  document.addEventListener('change', conditions);
  conditions();

  /* ---------- 4. 换了企业：撤掉“是哪一家”的旧选择 ---------- */
  const entity = $('#entity-value');
  if (entity) entity.addEventListener('change', () => $$('#candidates input').forEach((one) => { one.checked = false; one.disabled = true; }));

  /* ---------- 5. 手机照片先缩小再上传；缩不了就原样上传 ---------- */
  const SIDE = 2048;
  const SMALL = 1024 * 1024;
  function draw(image) {
    const scale = Math.min(1, SIDE / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
  }
  function read(file) {                                      /* img-src 只许 data:，所以不用 blob 地址 */
    return new Promise((done, fail) => {
      const reader = new FileReader();
      reader.onerror = fail;
      reader.onload = () => {
        const image = new Image();
        image.onerror = fail;
        image.onload = () => done(image);
        image.src = reader.result;
      };
      reader.readAsDataURL(file);
    });
  }
  async function smaller(file) {
    if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < SMALL) return file;
    try {
      const blob = await draw(await read(file));
      if (!blob || blob.size >= file.size) return file;
      return new File([blob], file.name.replace(/\.\w+$/, '.jpg'), { type: 'image/jpeg', lastModified: file.lastModified });
    } catch (e) { return file; }
  }
  window.jzTickets = { smaller };
  $$('[data-shrink] input[type=file]').forEach((input) => {
    input.addEventListener('change', async () => {
      if (!window.DataTransfer || input.dataset.busy) return;
      input.dataset.busy = '1';
      const kept = new DataTransfer();
      for (const file of Array.from(input.files)) kept.items.add(await smaller(file));
      input.files = kept.files;
      delete input.dataset.busy;
    });
  });

  /* ---------- 6. 谁也在看、谁在填写、有没有新进展：20 秒问一次，只在看着页面时 ---------- */
  const place = $('[data-presence]');
  if (place) {
    let writing = false;
    const composer = $('[data-composer]');
    if (composer) composer.addEventListener('input', () => { if (!writing) { writing = true; ask(); } });
    const ask = async () => {
      if (document.hidden) return;
      const query = new URLSearchParams({ version: place.dataset.version, writing: writing ? '1' : '0' });
      try {
        const response = await fetch(`${place.dataset.presence}?${query}`, { credentials: 'same-origin', headers: { 'X-Background': '1', 'X-Requested-With': 'fetch', 'HX-Request': 'true' } });
        if (!response.ok) return;
        const page = new DOMParser().parseFromString(await response.text(), 'text/html');
        place.replaceChildren(...$('[data-part=others]', page).childNodes);
        const news = $('#news');
        if (!news.firstChild) news.replaceChildren(...$('[data-part=news]', page).childNodes);
      } catch (e) { /* 断网时下一次再问 */ }
    };
    setInterval(ask, 20000);
    document.addEventListener('visibilitychange', ask);
    window.setTimeout(ask, 1500);
  }
})();
