// Owns the charts: each is drawn by uPlot from the table behind it, and again when table, width or colours change.
import { part } from "./parts.js";

const SERIES = 4; // colours there are; a fifth series takes the first again
const drawn = new Map(); // figure -> its uPlot

/** Draws every chart of the page; they keep up with their tables, the window and the colours. */
export function startCharts(root = document) {
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => fit(target.closest("[data-chart]"))));
  for (const figure of root.querySelectorAll("[data-chart]")) {
    draw(figure);
    sizes.observe(part(figure, "plot"));
    const options = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["data-value"] };
    new MutationObserver(() => draw(figure)).observe(tableOf(figure), options);
  }
  const again = () => [...drawn.keys()].forEach(draw);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
}

/** Moves the mark of a chart: a vertical line at `x`, or with `y` a dot. */
export function mark(figure, x, y) {
  figure.dataset.markX = x ?? "";
  figure.dataset.markY = y ?? "";
  drawn.get(figure)?.redraw(false);
}

function draw(figure) {
  const plot = part(figure, "plot");
  const { names, kinds, columns } = readTable(tableOf(figure));
  drawn.get(figure)?.destroy();
  drawn.delete(figure);
  if (columns[0].length) drawn.set(figure, new uPlot(describe(figure, names, kinds), columns, plot));
}

function tableOf(figure) {
  return figure.querySelector("details table"); // uPlot's legend is a table, too
}

/** Returns names, ways of drawing and columns of numbers of a table; an empty cell is null, a gap. */
function readTable(table) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows];
  return {
    names: heads.map((cell) => cell.textContent.trim()),
    kinds: heads.map((cell) => cell.dataset.draw ?? "line"),
    columns: heads.map((_, i) => rows.map((row) => readCell(row.cells[i]))),
  };
}

function readCell(cell) {
  const text = cell.dataset.value ?? cell.textContent.trim();
  return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
}

function describe(figure, names, kinds) {
  const { width, height } = measure(figure);
  const soft = color(figure, "soft");
  const axis = { stroke: soft, grid: { stroke: color(figure, "line"), width: 1 }, ticks: { stroke: color(figure, "line"), width: 1 }, font: "12px sans-serif" };
  const time = figure.dataset.x === "time";
  return {
    width, height, padding: [8, 24, 0, 0],
    scales: { x: { time, range: readRange(figure.dataset.xRange) }, y: { range: readRange(figure.dataset.yRange) } },
    axes: [{ ...axis, space: 60, ...(time && { values: (_, moments) => moments.map(hourOrDay) }) }, { ...axis, size: 48 }],
    series: [{ label: names[0], ...(time && { value: (_, moment) => (moment === null ? "–" : hourOrDay(moment)) }) }, ...names.slice(1).map((label, i) => lineOf(figure, label, kinds[i + 1], i % SERIES + 1))],
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    hooks: { draw: [(chart) => drawMark(chart, figure)] },
  };
}

function lineOf(figure, name, kind, n) {
  const label = { label: name, value: (_, value) => (value === null ? "–" : value.toLocaleString("en", { maximumFractionDigits: 3 })) };
  const stroke = color(figure, `series-${n}`);
  if (kind === "bars") return { ...label, stroke, fill: stroke, paths: uPlot.paths.bars({ size: [0.8, 40] }), points: { show: false } };
  if (kind === "points") return { ...label, stroke, paths: () => null, points: { show: true, size: 7, fill: stroke } };
  if (kind === "step") return { ...label, stroke, width: 2, paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } };
  if (kind === "guide") return { ...label, stroke: color(figure, "soft"), width: 1, dash: [4, 4], points: { show: false } };
  return { ...label, stroke, width: 2, points: { show: false } };
}

/** Returns a moment in seconds as 14:00, and midnight as its day. */
function hourOrDay(moment) {
  const time = new Date(moment * 1000);
  const midnight = time.getHours() + time.getMinutes() === 0;
  return time.toLocaleString("en-GB", midnight ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" });
}

/** Returns "0 1" as the bounds of an axis; without bounds those of the data, from 0 on. */
function readRange(text) {
  return text ? text.split(" ").map(Number) : undefined;
}

function drawMark(chart, figure) {
  const { markX, markY } = figure.dataset;
  if (!markX) return;
  const { ctx, bbox } = chart;
  const x = chart.valToPos(Number(markX), "x", true);
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = color(figure, "mark");
  ctx.setLineDash([]);
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  if (markY) ctx.arc(x, chart.valToPos(Number(markY), "y", true), 5 * devicePixelRatio, 0, 2 * Math.PI);
  else ctx.rect(x, bbox.top, 0, bbox.height);
  if (markY) ctx.fill();
  ctx.stroke();
  ctx.restore();
}

/** Returns a colour of the sheet as a canvas takes it: tokens hold light-dark(), which only an element resolves. */
function color(figure, name) {
  const probe = part(figure, "probe");
  probe.className = `probe ${name}`;
  return getComputedStyle(probe).color;
}

function measure(figure) {
  const { clientWidth, clientHeight } = part(figure, "plot");
  const legend = parseInt(getComputedStyle(figure).getPropertyValue("--legend"), 10);
  return { width: Math.max(clientWidth, 120), height: clientHeight - legend };
}

function fit(figure) {
  const chart = drawn.get(figure);
  const { width, height } = measure(figure);
  if (chart && chart.width !== width) chart.setSize({ width, height });
}
