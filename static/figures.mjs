// A strip of figures: label, number, note, and a trend line where there is one. Built once per label, then patched.
import { part, setAttribute, setText, setTone } from "./drawing.mjs";

const WIDTH = 76;
const HEIGHT = 22;
const LONG = 11; // characters: an amount of seven digits, which needs a smaller type beside its neighbours

export default function draw({ parentElement, data }) {
  const root = parentElement.querySelector(".live");
  const labels = data.figures.map((figure) => figure.label).join("|");
  if (root.labels !== labels) build(root, data.figures, labels);
  data.figures.forEach((figure, index) => patch(root.parts[index], figure));
}

function build(root, figures, labels) {
  root.labels = labels;
  root.className = "live figures";
  root.replaceChildren();
  root.parts = figures.map((figure) => {
    const box = part(root, "div", "figure");
    const label = part(box, "div", "label", figure.label);
    if (figure.meaning) label.title = figure.meaning;
    const line = part(box, "div", "number");
    return { value: part(line, "span", "value"), line, note: part(box, "div", "note"), trend: null };
  });
}

function patch(parts, figure) {
  setText(parts.value, figure.value);
  parts.value.classList.toggle("long", figure.value.length > LONG);
  setTone(parts.value, figure.tone);
  setText(parts.note, figure.note);
  parts.line.classList.toggle("stale", figure.stale);
  if (new Set(figure.trend).size > 1) drawTrend(parts, figure);
  else if (parts.trend) {
    parts.trend.svg.remove();
    parts.trend = null;
  }
}

function drawTrend(parts, figure) {
  if (!parts.trend) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute("class", "trend");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.appendChild(path);
    parts.line.appendChild(svg);
    parts.trend = { svg, path };
  }
  const low = Math.min(...figure.trend);
  const span = Math.max(...figure.trend) - low;
  const step = WIDTH / (figure.trend.length - 1);
  const points = figure.trend.map(
    (value, index) => `${(index * step).toFixed(1)},${(HEIGHT - 2 - ((value - low) / span) * (HEIGHT - 4)).toFixed(1)}`,
  );
  setAttribute(parts.trend.path, "d", `M${points.join("L")}`);
}
