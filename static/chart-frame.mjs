// What stands around the candles: open, high, low and close under the crosshair, back to the whole, and all of the screen.
import { part, setText } from "./drawing.mjs";

const TAGS = 110; // pixels that the tags of the lines reach into the chart, to the left of the prices

// A box for a chart: a line above it, so that nothing of that lies on candles or lines, and the chart below.
export function chartBox(parent) {
  const box = part(parent, "div", "chart-box");
  const bar = part(box, "div", "chart-bar");
  return Object.assign(part(box, "div", "chart-host"), { box, bar });
}

export function frame(host) {
  host.bar.replaceChildren();
  host.legend = part(host.bar, "div", "legend");
  host.legend.setAttribute("aria-hidden", "true");
  const tools = part(host.bar, "div", "chart-tools");
  host.reset = tool(tools, "fit_screen", "Show the latest candles again", () => showLatest(host));
  host.full = tool(tools, "fullscreen", "Fill the screen", () => toggleFull(host));
  host.chart.subscribeCrosshairMove(({ seriesData }) => {
    host.under = seriesData.get(host.series) ?? null;
    host.underVolume = seriesData.get(host.volume)?.value ?? null;
    showLegend(host);
  });
  host.addEventListener("dblclick", () => showLatest(host));
}

export function showLegend(host) {
  const candle = host.under ?? host.newest;
  if (!candle) return;
  const volume = host.under ? host.underVolume : host.newestVolume;
  const figures = [["O", candle.open], ["H", candle.high], ["L", candle.low], ["C", candle.close]];
  const prices = figures.map(([letter, price]) => `${letter} ${host.words(price)}`);
  const change = candle.open ? ((candle.close / candle.open - 1) * 100).toFixed(2).replace("-", "\u2212") : "0.00";
  setText(host.legend, [...prices, `${change} %`, volume === null ? "" : `Vol ${short(volume)}`].join("  "));
}

export function showLatest(host) {
  const { count, shown } = host.extent;
  const [width, candles] = [host.chart.timeScale().width(), Math.min(count, shown)];
  const tags = Math.min(TAGS, width / 3);
  const room = width > 0 ? (candles * tags) / (width - tags) : 0;
  host.chart.priceScale("right").applyOptions({ autoScale: true });
  host.chart.timeScale().setVisibleLogicalRange({ from: count - candles, to: count + Math.max(6, room) });
}

function tool(parent, icon, words, act) {
  const button = part(parent, "button", "icon", icon);
  button.type = "button";
  button.title = words;
  button.setAttribute("aria-label", words);
  button.onclick = act;
  return button;
}

// Where the browser cannot give the whole screen, as on an iPhone, the chart fills the window.
function toggleFull(host) {
  const { box } = host;
  const filled = box.classList.contains("filled");
  if (document.fullscreenElement) document.exitFullscreen();
  else if (filled || !box.requestFullscreen) box.classList.toggle("filled");
  else box.requestFullscreen().catch(() => box.classList.add("filled"));
}

function short(volume) {
  const [unit, per] = volume >= 1e6 ? ["M", 1e6] : volume >= 1e3 ? ["K", 1e3] : ["", 1];
  return `${(volume / per).toFixed(volume / per < 10 ? 2 : 1)}${unit}`;
}
