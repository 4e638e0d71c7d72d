// Charts of the 运行看板 and the 大屏. Each chart reads the table beside it, which the server has
// written; without this file the tables are the page. No inline styles: tooltips are rich text.
(function () {
  "use strict";
  var charts = window.echarts;
  if (!charts) { return; }
  var dark = document.body.classList.contains("scr");
  var ink = dark ? "#b7cbe2" : "#465466", line = dark ? "#1d4675" : "#dde3ea";
  var small = window.matchMedia("(max-width:767px)").matches;
  var tiers = dark ? ["#4db6ac", "#5ea0e6", "#8e8ff0", "#b583d6"] : ["#0c6b70", "#1a5fa8", "#4046a3", "#6e3a9b"];
  var size = dark ? Math.max(Math.round(window.innerWidth / 120), 12) : 12;
  var base = {
    animation: false,
    aria: { enabled: true },
    textStyle: { fontFamily: window.getComputedStyle(document.body).fontFamily, fontSize: size, color: ink },
  };
  var tip = { renderMode: "richText", confine: true, textStyle: { fontSize: 12 } };
  var made = [];

  // Rows of a table: the first cell as text, the others as numbers; "样本不足" and "—" become null.
  function read(id) {
    return Array.prototype.map.call(document.querySelectorAll("#" + id + " tbody tr"), function (row) {
      return Array.prototype.map.call(row.cells, function (cell, index) {
        var text = cell.textContent.trim().replace(/,/g, "");
        if (!index) { return text; }
        var number = parseFloat(text);
        return isNaN(number) ? null : number;
      });
    });
  }

  function funnel(rows) {
    var largest = Math.max.apply(null, rows.map(function (row) { return row[1]; }).concat([1]));
    return {
      tooltip: Object.assign({ trigger: "item" }, tip),
      series: [{
        type: "funnel", left: 0, right: 0, top: 4, bottom: 4, min: 0, max: largest, minSize: "6%",
        sort: "none", gap: 4, label: { show: false }, labelLine: { show: false },
        data: rows.map(function (row, index) {
          return { name: row[0], value: row[1], itemStyle: { color: tiers[index], borderWidth: 0 } };
        }),
      }],
    };
  }

  function bars(rows) {
    return {
      tooltip: Object.assign({ trigger: "item" }, tip),
      grid: { left: 0, right: size * 4, top: 4, bottom: 4, containLabel: true },
      xAxis: { type: "value", show: false, min: 0 },
      yAxis: { type: "category", inverse: true, data: rows.map(function (row) { return row[0]; }), axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: ink, fontSize: size } },
      series: [{
        type: "bar", barMinHeight: 4, barMaxWidth: size * 2.5, label: { show: true, position: "right", color: dark ? "#fff" : ink, fontSize: size * 1.3 },
        data: rows.map(function (row, index) { return { value: row[1], itemStyle: { color: tiers[index] } }; }),
      }],
    };
  }

  function trend(rows) {
    var column = function (index) { return rows.map(function (row) { return row[index]; }); };
    var legend = ["登记", "销号"].concat(dark ? [] : ["到期未办结（右轴）"]);
    var colours = dark ? ["#3f73b3", "#8fc0f7"] : ["#9dbfe3", "#1a5fa8"];
    var series = [
      { name: legend[0], type: "bar", data: column(1), barMaxWidth: size * 1.5, itemStyle: { color: colours[0] } },
      { name: legend[1], type: "bar", data: column(2), barMaxWidth: size * 1.5, itemStyle: { color: colours[1] } },
    ];
    if (!dark) {
      series.push({ name: legend[2], type: "line", yAxisIndex: 1, data: column(3), symbol: "rect", symbolSize: 7, lineStyle: { color: "#b3261e", width: 2 }, itemStyle: { color: "#b3261e" } });
    }
    return {
      tooltip: Object.assign({ trigger: "axis" }, tip),
      legend: { data: legend, top: 0, right: 0, itemWidth: 12, itemHeight: 8, textStyle: { color: ink, fontSize: size } },
      grid: { left: 4, right: 4, top: size * 2.5, bottom: 0, containLabel: true },
      xAxis: { type: "category", data: column(0), axisTick: { show: false }, axisLine: { lineStyle: { color: line } }, axisLabel: { color: ink, fontSize: size, interval: small ? 1 : 0 } },
      yAxis: [
        { type: "value", min: 0, minInterval: 1, splitLine: { lineStyle: { color: line } }, axisLabel: { color: ink, fontSize: size } },
        { type: "value", min: 0, minInterval: 1, splitLine: { show: false }, axisLabel: { color: "#b3261e", show: !dark } },
      ],
      series: series,
    };
  }

  // A dot is drawn where there is a rate; the axis starts at the tens below the lowest, 75 at most.
  function rates(rows) {
    var all = [];
    rows.forEach(function (row) { row.slice(2).forEach(function (value) { if (value !== null) { all.push(value); } }); });
    var least = Math.min.apply(null, all.concat([75]));
    function dots(index, name, symbol, colour) {
      var data = [];
      rows.forEach(function (row, place) { if (row[index] !== null) { data.push([row[index], place]); } });
      return { name: name, type: "scatter", symbol: symbol, symbolSize: symbol === "diamond" ? 12 : 10, itemStyle: { color: colour }, data: data };
    }
    var solved = dots(3, "解决率", "diamond", "#1a5fa8");
    solved.markLine = { silent: true, symbol: "none", lineStyle: { color: "#465466", type: "dashed" }, label: { formatter: "目标 90%", color: "#465466", position: "start", distance: 3 }, data: [{ xAxis: 90 }] };
    return {
      tooltip: Object.assign({ trigger: "item", formatter: function (point) { return rows[point.value[1]][0] + "\n" + point.seriesName + " " + point.value[0] + "%"; } }, tip),
      legend: { top: 0, right: 0, itemWidth: 10, itemHeight: 10, textStyle: { color: ink } },
      grid: { left: 4, right: 20, top: 44, bottom: 0, containLabel: true },
      xAxis: { type: "value", min: Math.floor(least / 10) * 10 === 70 ? 75 : Math.floor(least / 10) * 10, max: 100, axisLabel: { formatter: "{value}%", color: ink }, splitLine: { lineStyle: { color: "#eef1f5" } } },
      yAxis: { type: "category", inverse: true, data: rows.map(function (row) { return row[0]; }), axisTick: { show: false }, axisLine: { lineStyle: { color: line } }, axisLabel: { color: "#1c2733", width: small ? 96 : 138, overflow: "truncate", interval: 0 } },
      series: [dots(2, "响应率", "circle", "#6b7f95"), solved, dots(4, "满意率", "triangle", "#0c6b70")],
    };
  }

  var kinds = { funnel: funnel, bars: bars, trend: trend, rates: rates };
  Array.prototype.forEach.call(document.querySelectorAll("[data-chart]"), function (place) {
    var rows = read(place.dataset.table);
    if (!rows.length) { return; }
    // 一个点也画不出时（都是“样本不足”），表格说得更清楚
    if (place.dataset.chart === "rates" && !rows.some(function (row) { return row.slice(2).some(function (value) { return value !== null; }); })) { return; }
    if (place.dataset.chart === "rates") { place.classList.add(rows.length > 16 ? "taller" : "tall"); }
    place.classList.add("on");
    place.parentElement.classList.add("drawn");
    document.getElementById(place.dataset.table).hidden = true;
    var chart = charts.init(place, null, { renderer: "canvas" });
    chart.setOption(Object.assign({}, base, kinds[place.dataset.chart](rows)));
    made.push(chart);
  });
  Array.prototype.forEach.call(document.querySelectorAll("[data-show-table]"), function (button) {
    var table = document.getElementById(button.dataset.showTable);
    if (!table || !table.hidden) { return; }
    button.hidden = false;
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", table.id);
    button.addEventListener("click", function () {
      table.hidden = !table.hidden;
      button.setAttribute("aria-expanded", String(!table.hidden));
      button.textContent = table.hidden ? "看数据" : "收起数据";
    });
  });
  var timer;
  window.addEventListener("resize", function () {
    window.clearTimeout(timer);
    timer = window.setTimeout(function () { made.forEach(function (chart) { chart.resize(); }); }, 120);
  });
  if (dark) { window.setTimeout(function () { window.location.reload(); }, 60000); }
})();
