/* 工单列表与派单台的增强：键盘派单、面板、轮询只在页面可见时进行。不加载也能查询、派单、批量处理。语法限 ES2018。 */
(() => {
  'use strict';
  const $ = (selector, root) => (root || document).querySelector(selector);
  const panel = $('#panel');

  /* 没选中标签页时不轮询 */
  document.body.addEventListener('htmx:beforeRequest', (event) => {
    if (document.hidden && event.detail.elt.id === 'queue-news') event.preventDefault();
  });

  if (!panel) return;
  /* 换了一件：标出所在的行，面板露出来 */
  document.body.addEventListener('htmx:afterSettle', (event) => {
    if (event.detail.target !== panel) return;
    panel.hidden = false;
    const grid = $('.qv');
    if (grid) grid.classList.remove('single');
    const number = $('.hd .num', panel);
    document.querySelectorAll('tr.sel').forEach((row) => row.classList.remove('sel'));
    const link = number && Array.from(document.querySelectorAll('[data-panel-link]'))
      .find((one) => one.search.includes(number.textContent));
    if (link) link.closest('tr').classList.add('sel');
    const form = $('#dispatch-form input[type=radio]:checked', panel);
    if (form && window.innerWidth >= 1200) form.focus({ preventScroll: true });
    else { const title = $('#panel-title', panel); if (title) title.focus(); panel.scrollIntoView({ block: 'nearest' }); }
  });
  /* 从名单里选了单位，就等于选“其他单位” */
  panel.addEventListener('change', (event) => {
    if (!event.target.matches('[data-picks]') || !event.target.value) return;
    const radio = $(`input[name=lead][value=${event.target.dataset.picks}]`, panel);
    if (radio) radio.checked = true;
  });
  /* d 到派单表单，m 并单；输入文字或拼音时不抢键 */
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && !/^(radio|checkbox)$/.test(event.target.type);
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    if (document.documentElement.dataset.keys === 'off') return;
    if (event.key === 'd') {
      const radio = $('#dispatch-form input[type=radio]:checked', panel) || $('#dispatch-form input[type=radio]', panel);
      if (radio) { radio.focus(); event.preventDefault(); }
    }
  });
})();
