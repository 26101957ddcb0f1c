// A price chart that keeps the viewer's zoom while it lives: candles when they change, the last price each second,
// labelled lines where stop, entry and target lie. Colours come from the stylesheet, so both themes fit.
import { CandlestickSeries, HistogramSeries, LineStyle, createChart, createSeriesMarkers } from "./lightweight-charts.mjs";
import { chartBox, frame, showLatest, showLegend } from "./chart-frame.mjs";
import { isHeld, setHandles } from "./chart-handles.mjs";
import { NARROW_SPACE, part, setAttribute } from "./drawing.mjs";

const STYLES = { solid: LineStyle.Solid, dashed: LineStyle.Dashed, dotted: LineStyle.Dotted };
const LAST = "last";
const TAG_HEIGHT = 20; // pixels of the price axis that a tag covers

export default function draw({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live");
  if (!root.host) {
    root.className = "live chart";
    root.host = chartBox(root);
  }
  drawChart(root.host, data, () => setTriggerValue("missing", true), (dropped) => setTriggerValue("dropped", dropped));
}

export function removed(parentElement) {
  removeChart(parentElement.querySelector(".chart-host"));
}

// Candles come only when they changed; onMissing asks for them when this page has not seen them. onDropped hears of a
// line that was moved by hand.
export function drawChart(host, data, onMissing, onDropped = () => {}) {
  if (!host.chart) createIn(host, data);
  host.zone = data.zone;
  setAttribute(host, "aria-label", data.label);
  useTheme(host);
  setPrecision(host, data.decimals);
  if (data.candles) setCandles(host, data);
  else if (host.name !== data.name) {
    if (host.asked !== data.name) onMissing();
    host.asked = data.name;
  }
  // The library's own tag of the last price shows that of the last candle in sight.
  const last = { name: LAST, title: "", price: data.last, tone: "accent", style: "dotted", fit: false };
  setLines(host, data.last === null ? data.lines : [...data.lines, last]);
  setMarks(host, data.marks ?? []);
  if (host.name === data.name && data.last !== null) setLast(host, data.last);
  setHandles(host, onDropped);
  showLegend(host);
}

export function removeChart(host) {
  if (!host?.chart) return;
  host.chart.remove();
  host.chart = null;
  host.handles = null;
  host.replaceChildren();
}

// A chart drawn anew in the same place knows nothing of what the one before it was given.
function createIn(host, data) {
  Object.assign(host, { lines: new Map(), theme: null, precision: null, marksText: null, handles: null });
  Object.assign(host, { name: null, asked: null, newest: null, under: null, newestVolume: null });
  host.extent = { count: 0, shown: data.shown };
  host.words = (price) => format(price, host.decimals);
  host.setAttribute("role", "group");
  host.chart = createChart(host, {
    autoSize: true,
    layout: { fontFamily: "Inter, sans-serif", fontSize: 11, background: { color: "transparent" } },
    timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 6 },
    rightPriceScale: { borderVisible: false, entireTextOnly: true, scaleMargins: { top: 0.08, bottom: 0.08 } },
    localization: {
      priceFormatter: (price) => format(price, host.decimals),
      tickmarksPriceFormatter: (prices) => prices.map((price) => (isCovered(host, price) ? "" : format(price, host.decimals))),
    },
    handleScroll: { vertTouchDrag: false },
  });
  host.series = host.chart.addSeries(CandlestickSeries, {
    borderVisible: false,
    lastValueVisible: false,
    priceLineVisible: false,
    autoscaleInfoProvider: (original) => withLines(original(), host),
  });
  host.decimals = data.decimals;
  host.markers = createSeriesMarkers(host.series, []);
  host.volume = host.chart.addSeries(HistogramSeries, {
    priceScaleId: "volume",
    priceFormat: { type: "volume" },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  host.chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  frame(host);
}

// A figure of the axis that would lie half behind a tag is left out.
function isCovered(host, price) {
  const y = host.series.priceToCoordinate(price);
  if (y === null) return false;
  return [...host.lines.values()].some(({ values }) => {
    const at = host.series.priceToCoordinate(values.price);
    return at !== null && Math.abs(at - y) < TAG_HEIGHT;
  });
}

function useTheme(host) {
  const read = getComputedStyle(host);
  if (host.theme === read.color + read.backgroundColor) return;
  host.theme = read.color + read.backgroundColor;
  const colour = (name) => resolve(host, name);
  host.chart.applyOptions({
    layout: { textColor: colour("quiet") },
    grid: { vertLines: { visible: false }, horzLines: { color: colour("line") } },
    timeScale: { borderColor: colour("line") },
    crosshair: {
      vertLine: { color: colour("quiet"), labelBackgroundColor: colour("candle-down") },
      horzLine: { color: colour("quiet"), labelBackgroundColor: colour("candle-down") },
    },
  });
  host.series.applyOptions({
    upColor: colour("candle-up"),
    downColor: colour("candle-down"),
    wickUpColor: colour("candle-up"),
    wickDownColor: colour("candle-down"),
  });
  host.volume.applyOptions({ color: colour("track") });
  for (const [, entry] of host.lines) entry.line.applyOptions(lineOptions(host, entry.values));
  host.marksText = null;
}

// A canvas needs finished colours; the browser resolves light-dark() for an element that uses the token.
function resolve(host, token) {
  const probe = part(host, "span");
  probe.style.color = `var(--${token})`;
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function setPrecision(host, decimals) {
  if (host.precision === decimals) return;
  host.precision = host.decimals = decimals;
  host.series.applyOptions({ priceFormat: { type: "price", precision: decimals, minMove: 10 ** -decimals } });
}

// The library shows UTC; shifting by the viewer's offset makes its axis read as the wall clock there.
const clocks = new Map();
function localTime(seconds, zone) {
  if (!clocks.has(zone)) {
    const options = { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" };
    clocks.set(zone, new Intl.DateTimeFormat("en-US", { ...options, hour: "numeric", minute: "numeric", second: "numeric" }));
  }
  const read = Object.fromEntries(clocks.get(zone).formatToParts(seconds * 1000).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(read.year, read.month - 1, read.day, read.hour, read.minute, read.second) / 1000;
}

function setCandles(host, data) {
  const times = data.candles.map(([at]) => localTime(at, host.zone));
  const candles = data.candles.map(([, open, high, low, close], index) => ({ time: times[index], open, high, low, close }));
  host.series.setData(candles);
  host.volume.setData(data.candles.map(([, , , , , volume], index) => ({ time: times[index], value: volume })));
  host.newest = candles.at(-1) ?? null;
  host.newestVolume = data.candles.at(-1)?.[5] ?? null;
  host.extent = { count: candles.length, shown: data.shown };
  if (host.name !== data.name) showLatest(host);
  host.name = data.name;
}

function setLast(host, last) {
  if (!host.newest || host.newest.close === last) return;
  const { open, high, low, time } = host.newest;
  host.newest = { time, open, high: Math.max(high, last), low: Math.min(low, last), close: last };
  host.series.update(host.newest);
}

function setLines(host, lines) {
  const seen = new Set();
  for (const values of lines) {
    seen.add(values.name);
    const text = JSON.stringify(values);
    const known = host.lines.get(values.name);
    if (isHeld(host, values.name)) continue;
    if (known?.text === text && known.line.options().price === values.price) continue;
    if (known) known.line.applyOptions(lineOptions(host, values));
    const line = known?.line ?? host.series.createPriceLine(lineOptions(host, values));
    host.lines.set(values.name, { line, values, text });
  }
  for (const [name, entry] of host.lines) {
    if (seen.has(name)) continue;
    host.series.removePriceLine(entry.line);
    host.lines.delete(name);
  }
}

// An arrow where the position was entered or left, below the candle for a buy and above it for a sale.
function setMarks(host, marks) {
  const text = host.name + JSON.stringify(marks);
  if (host.marksText === text || !host.newest) return;
  host.marksText = text;
  const [loud, muted] = [resolve(host, "accent"), resolve(host, "quiet")];
  host.markers.setMarkers(
    marks.map(({ at, up, text: words, quiet }) => ({
      time: localTime(at, host.zone),
      position: up ? "belowBar" : "aboveBar",
      shape: up ? "arrowUp" : "arrowDown",
      color: quiet ? muted : loud,
      text: words,
    })),
  );
}

function lineOptions(host, values) {
  const colour = resolve(host, values.tone === "plain" ? "quiet" : values.tone);
  return {
    price: values.price,
    title: values.title,
    color: colour,
    axisLabelColor: colour,
    axisLabelTextColor: resolve(host, "page"),
    axisLabelVisible: true,
    lineWidth: 1,
    lineStyle: STYLES[values.style],
  };
}

// Stop and target always fit on the chart; a liquidation price far away must not flatten the candles.
function withLines(original, host) {
  const prices = [...host.lines.values()].filter(({ values }) => values.fit).map(({ values }) => values.price);
  if (!original || prices.length === 0) return original;
  const range = original.priceRange;
  return {
    ...original,
    priceRange: { minValue: Math.min(range.minValue, ...prices), maxValue: Math.max(range.maxValue, ...prices) },
  };
}

function format(price, decimals) {
  const [whole, fraction] = Math.abs(price).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
  return `${price < 0 ? "\u2212" : ""}${grouped}${fraction ? `.${fraction}` : ""}`;
}
