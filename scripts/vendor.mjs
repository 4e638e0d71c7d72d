// Rebuilds static/vendor from the pinned packages: `npm ci && npm run vendor`.
// Writes the files, their licences and a README with versions and checksums (a test compares them).
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { buildSync } from "esbuild";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = join(ROOT, "node_modules");
const TARGET = join(ROOT, "static", "vendor");

// Icons of the product. Add a name (see tabler.io/icons, outline), run the command, commit.
const ICONS = `
activity address-book adjustments alert-circle alert-triangle archive arrow-back-up arrow-down
arrow-left arrow-right arrow-up arrow-up-right ban bell bell-off bolt book-2 bookmark briefcase
building building-community building-store calendar calendar-event calendar-off chart-bar
chart-line check checks chevron-down chevron-left chevron-right chevron-up circle
circle-check circle-dot circle-x clipboard-check clipboard-list clipboard-plus clock clock-pause
cloud-off columns-3 copy database device-desktop device-floppy device-mobile dots
dots-vertical download edit external-link eye eye-off file-description file-spreadsheet
file-text filter filter-off flag folder folder-open git-branch git-merge grip-vertical headset
help-circle history home id-badge-2 inbox info-circle key language layout-dashboard layout-grid
link list list-check list-details loader-2 lock lock-open login logout mail mail-opened map map-2
map-pin menu-2 message-2 message-circle message-report minus mood-happy mood-neutral mood-sad note
notes paperclip password pencil phone phone-call phone-off photo pin player-pause player-play
plug plus point printer qrcode question-mark refresh report-analytics rotate route
school search send server settings share shield shield-check shield-lock sitemap
sort-ascending sort-descending speakerphone stack-2 star switch-horizontal table-export
table-import tag tags template text-size tool trash trending-up upload user user-check
user-circle user-cog user-exclamation user-minus user-off user-plus user-question user-search
users users-group versions wifi-off x zoom-in
`.trim().split(/\s+/);

const PACKAGES = [
  {
    name: "bootstrap",
    folder: "bootstrap",
    files: [
      ["dist/css/bootstrap.min.css", "bootstrap.min.css"],
      ["dist/js/bootstrap.bundle.min.js", "bootstrap.bundle.min.js"],
      ["LICENSE", "LICENSE"],
    ],
  },
  {
    name: "htmx.org",
    folder: "htmx",
    files: [["dist/htmx.min.js", "htmx.min.js"], ["LICENSE", "LICENSE"]],
  },
  {
    name: "echarts",
    folder: "echarts",
    files: [["LICENSE", "LICENSE"], ["NOTICE", "NOTICE"]],
    bundle: "echarts.min.js",
  },
  { name: "@tabler/icons", folder: "tabler-icons", files: [["LICENSE", "LICENSE"]], icons: true },
];

// Source maps are not shipped; the comment would make browsers ask for them.
function withoutSourceMap(text) {
  return text.replace(/\n?(\/\/# sourceMappingURL=\S+|\/\*# sourceMappingURL=\S+ \*\/)\s*$/u, "\n");
}

function sha256(text) {
  return createHash("sha256").update(text).digest("hex");
}

// Only the charts that the dashboard draws, for the oldest browser in use (Chromium 86).
const CHARTS = `
import * as echarts from "echarts/core";
import { BarChart, FunnelChart, LineChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent,
} from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
echarts.use([
  BarChart, FunnelChart, LineChart, ScatterChart, AriaComponent, GridComponent, LegendComponent,
  MarkLineComponent, TooltipComponent, CanvasRenderer,
]);
window.echarts = echarts;
`;

function bundled() {
  const built = buildSync({
    stdin: { contents: CHARTS, resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "chrome86",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return built.outputFiles[0].text;
}

// The drawing without the <svg> frame; the template tag adds its own frame and classes.
function drawing(name) {
  const path = join(MODULES, "@tabler", "icons", "icons", "outline", `${name}.svg`);
  const svg = readFileSync(path, "utf8");
  const inner = /<svg[^>]*>([\s\S]*)<\/svg>/u.exec(svg)[1];
  return inner.replace(/\s*\n\s*/gu, "").replace(/ \/>/gu, "/>").trim();
}

const rows = [];
function put(pkg, meta, name, text) {
  const folder = join(TARGET, pkg.folder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
  rows.push(`| ${pkg.folder}/${name} | ${pkg.name} | ${meta.version} | ${meta.license} | ${sha256(text)} |`);
}

for (const pkg of PACKAGES) {
  rmSync(join(TARGET, pkg.folder), { recursive: true, force: true });
  const source = join(MODULES, ...pkg.name.split("/"));
  const meta = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  for (const [from, to] of pkg.files) {
    put(pkg, meta, to, withoutSourceMap(readFileSync(join(source, from), "utf8")));
  }
  if (pkg.bundle) {
    put(pkg, meta, pkg.bundle, bundled());
  }
  if (pkg.icons) {
    const table = Object.fromEntries([...new Set(ICONS)].sort().map((name) => [name, drawing(name)]));
    put(pkg, meta, "icons.json", `${JSON.stringify(table, null, 1)}\n`);
  }
}

const readme = `# Front-end files of others

Copied from pinned packages by \`npm ci && npm run vendor\` (\`package.json\`, \`scripts/vendor.mjs\`);
do not edit by hand. They are committed, so that neither installing nor running needs the network.
Source-map comments are removed. \`tabler-icons/icons.json\` holds the icons that the product uses;
\`{% icon "name" %}\` draws them. \`echarts/echarts.min.js\` is a build of the four kinds of charts
that the dashboard draws, for Chromium 86 and later.

| File | Package | Version | Licence | SHA-256 |
|---|---|---|---|---|
${rows.join("\n")}
`;
writeFileSync(join(TARGET, "README.md"), readme);
console.log(`${rows.length} files written to static/vendor`);
